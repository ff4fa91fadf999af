"""Reads lists of hosts in whatever form, for the tests of each."""

import pytest

from cli.host_files.formats import read
from cli.host_files.reading import BadFile

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
SUFFIX = {"json": "json", "yaml": "yaml", "csv": "csv", "ansible": "ini", "ssh-config": "conf"}


def hosts(form, text, *only):
    data = text if isinstance(text, bytes) else text.encode()
    rows = read(data, f"h.{SUFFIX[form]}", form).chosen(only)
    return {row.name: {k: v for k, v in row.values.items() if k != "name"} for row in rows}


def faults(form, text, *only):
    with pytest.raises(BadFile) as refused:
        hosts(form, text, *only)
    return refused.value.faults


def notes(form, text):
    reading = read(text.encode(), "h", form)
    return [note.removeprefix("h:") for note in reading.notes_of(reading.rows)]
