"""Small whole-file reads and writes that a killed command cannot leave half done."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

_writes = count()
"""Numbers this process's writes: two threads may write one file at the same moment."""


def read(path: str, default: str = "") -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return default


def write(path: str, text: str, mode: int = 0o660) -> None:
    """Replace the file at once: a reader sees the old text or the new one."""
    write_bytes(path, text.encode(), mode)


def write_bytes(path: str, content: bytes, mode: int = 0o660) -> None:
    """Replace the file at once, by content that is no text."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    scratch = f"{path}.{os.getpid()}.{next(_writes)}.new"
    try:
        with open(scratch, "wb") as file:
            file.write(content)
        os.chmod(scratch, mode)
        os.replace(scratch, path)
    except OSError:
        remove(scratch)
        raise


def append(path: str, text: str) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


def remove(path: str) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(path)


def read_json(path: str, default: Any) -> Any:
    text = read(path)
    return json.loads(text) if text.strip() else default


def write_json(path: str, value: Any) -> None:
    write(path, json.dumps(value))


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the lock file `path`; the kernel gives it back when the holder dies."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def edited_json(path: str, default: Any) -> Iterator[Any]:
    """Give the JSON value to change; what the block leaves in it is stored, unless it raises."""
    with locked(f"{path}.lock"):
        value = read_json(path, default)
        yield value
        write_json(path, value)
