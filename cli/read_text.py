"""Reads the text of a file that a command is given."""

from typing import Any

import click

from cli.errors import Failure


def text_of(file: Any) -> str:
    """Return the text of an open file; raises ``Failure`` where it is not UTF-8."""
    return _decoded(file.read(), file.name)


def text_at(path: str) -> str:
    """Return the text of the file at ``path``, ``-`` for standard input; raises ``Failure``."""
    try:
        with click.open_file(path, "rb") as file:
            return _decoded(file.read(), path)
    except OSError as error:
        raise Failure(f"cannot read {path}: {error.strerror}; name a file that there is") from None


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Failure(
            f"cannot read {name}: it is not UTF-8 (byte {error.start}); save it as UTF-8"
        ) from None
