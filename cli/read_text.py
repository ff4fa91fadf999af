"""Reads the text of a file that a command is given."""

from typing import Any

from cli.errors import Failure


def text_of(file: Any) -> str:
    """Return the text of an open file; raises ``Failure`` where it is not UTF-8."""
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Failure(
            f"cannot read {file.name}: it is not UTF-8 (byte {error.start}); save it as UTF-8"
        ) from None
