"""Which form a file of hosts has, and its text."""

import codecs
from collections.abc import Callable, Mapping
from pathlib import PurePath

from cli.errors import Failure
from cli.host_files import ansible_ini, ansible_yaml, csv_file, json_file, ssh_config, yaml_file
from cli.host_files.reading import BadFile, Reading

LARGEST = 4 * 1024 * 1024
Read = Callable[[str, Reading], None]
FORMATS = ("json", "yaml", "csv", "ansible", "ssh-config")
BY_SUFFIX = {
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".csv": "csv",
    ".tsv": "csv",
    ".ini": "ansible",
}
BY_NAME = {"-": "json", "config": "ssh-config", "ssh_config": "ssh-config"}
READERS: Mapping[str, Read] = {
    "json": json_file.read,
    "yaml": yaml_file.read,
    "csv": csv_file.read,
    "ssh-config": ssh_config.read,
}


def read(data: bytes, file: str, form: str | None) -> Reading:
    """Return what a file has, which was opened as ``file``; - is standard input.

    Raises ``BadFile`` or ``Failure`` if it cannot be read at all.
    """
    path = PurePath(file)
    form = form or BY_NAME.get(path.name) or BY_SUFFIX.get(path.suffix.lower())
    if form is None:
        raise Failure(
            f"cannot tell the form of {file}: say it with --format, one of {', '.join(FORMATS)}"
        )
    reading = Reading("standard input" if file == "-" else file)
    text = _text(data, reading)
    reader = _ansible(text) if form == "ansible" else READERS[form]
    try:
        reader(text, reading)
    except RecursionError:
        reading.faults.append(f"{reading.file}: cannot read it: it is nested too deeply")
    return reading


def _ansible(text: str) -> Read:
    """Return what reads an inventory of Ansible: YAML begins with a group and a colon."""
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and line[0] not in "#;"), "")
    is_yaml = first.startswith(("---", "{")) or first.partition(" #")[0].rstrip().endswith(":")
    return ansible_yaml.read if is_yaml else ansible_ini.read


def _text(data: bytes, reading: Reading) -> str:
    if len(data) > LARGEST:
        raise BadFile(reading.file, [f"{reading.file}: it has more than {LARGEST // 1024**2} MiB"])
    if data.startswith(b"$ANSIBLE_VAULT"):
        raise BadFile(
            reading.file,
            [f"{reading.file}:1: cannot read a vault: write an inventory without secrets"],
        )
    if data.startswith(b"#!"):
        raise BadFile(
            reading.file,
            [
                f"{reading.file}:1: cannot read a program: have Ansible run it, with "
                "ansible-inventory --list --yaml, and say --format ansible of what that prints"
            ],
        )
    # Spreadsheets write UTF-16 too, and both with a byte order mark.
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(
            reading.file, [f"{reading.file}:{line}: it is not UTF-8; save it as UTF-8"]
        ) from None
