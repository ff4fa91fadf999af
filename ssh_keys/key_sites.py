"""The sites that a private key is bound to: a file beside it says which, one a line.

``keys/default.sites`` binds ``keys/default``. A key without such a file may be used for any site.
"""

from pathlib import Path

SUFFIX = ".sites"
LARGEST_BYTES = 64 * 1024


class UnusableBinding(Exception):
    """There is a binding, and it cannot be read."""


def sites_of(key: Path) -> frozenset[str] | None:
    """Return the sites that a key is bound to; ``None``: to none in particular.

    An empty file binds a key to no site at all: it is used for nothing. Lines that begin with ``#``
    are comments. Raises ``UnusableBinding``.
    """
    try:
        with key.with_name(key.name + SUFFIX).open("rb") as file:
            text = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnusableBinding(error.strerror or type(error).__name__) from error
    if len(text) > LARGEST_BYTES:
        raise UnusableBinding(f"it has more than {LARGEST_BYTES} bytes")
    lines = text.decode(errors="replace").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and line[0] != "#")
