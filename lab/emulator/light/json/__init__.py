"""`json` for the emulator's commands: its parts in C alone, without the import of `re`.

Whatever these cannot do, errors among it, is done by the real package's modules, which are found
beside this file's stand-in for its first one.
"""

import _json
import os
from typing import Any, NoReturn

__path__ = [os.path.join(os.path.dirname(os.__file__), "json")]


class _AsUsual:
    """How the scanner reads a document where nothing is said."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int = float, int
    parse_constant = float


_scan = _json.make_scanner(_AsUsual)  # type: ignore[arg-type]  # any object with these members
BLANK = " \t\n\r"


def _unwritable(value: object) -> NoReturn:
    raise TypeError(value)  # the real one finds it too, and says what it is


_markers: dict[int, object] = {}
_escape = _json.encode_basestring_ascii
_encode = _json.make_encoder(_markers, _unwritable, _escape, None, ": ", ", ", False, False, True)


def loads(text: str | bytes | bytearray, **options: Any) -> Any:
    """Read a document."""
    if isinstance(text, str) and not options:
        bare = text.strip(BLANK)
        try:
            value, end = _scan(bare, 0)
        except (StopIteration, ValueError):
            end = -1
        if end == len(bare):
            return value
    from json.decoder import JSONDecoder

    if isinstance(text, bytes | bytearray):
        text = text.decode()
    return JSONDecoder(**options).decode(text)


def dumps(value: object, **options: Any) -> str:
    """Write a document."""
    if not options and not isinstance(value, str | float):
        try:
            return "".join(_encode(value, 0))
        except (TypeError, ValueError):  # as above
            pass
    from json.encoder import JSONEncoder

    separators = options.pop("separators", None)
    return JSONEncoder(separators=separators, **options).encode(value)


def load(file: Any, **options: Any) -> Any:
    """Read a document from a file."""
    return loads(file.read(), **options)


def dump(value: object, file: Any, **options: Any) -> None:
    """Write a document to a file."""
    file.write(dumps(value, **options))


def __getattr__(name: str) -> object:
    if name == "JSONDecodeError":
        from json.decoder import JSONDecodeError

        return JSONDecodeError
    raise AttributeError(name)
