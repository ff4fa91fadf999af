"""Hosts as JSON, as ``hosts list --json`` prints them."""

import json
from typing import Any

from cli.host_files.reading import FIELDS, Reading, Row, unknown_field
from cli.host_record import ANSWERED_ONLY

WANTED = 'a list of hosts is wanted, as "hosts list --json" prints it'


def read(text: str, reading: Reading) -> None:
    try:
        document = json.loads(text, object_pairs_hook=_object)
    except ValueError as error:
        at = reading.at(error.lineno) if isinstance(error, json.JSONDecodeError) else reading.file
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        reading.faults.append(f"{at}: cannot read it as JSON: {reason}")
        return
    if isinstance(document, dict) and "_meta" in document:
        reading.faults.append(
            f"{reading.file}: cannot read what ansible-inventory --list prints; print it with "
            "--yaml too, and say --format ansible"
        )
        return
    rows = document.get("hosts") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        reading.faults.append(f"{reading.file}: {WANTED}")
        return
    reading.rows += [_row(row, f"{reading.file}: host {n}") for n, row in enumerate(rows, 1)]


def _row(host: Any, place: str) -> Row:
    row = Row(place)
    if not isinstance(host, dict):
        row.faults.append(
            f"{place}: cannot use it: an object with name, address and so on is wanted"
        )
        return row
    row.called = str(host.get("name", ""))
    for key, value in host.items():
        if key in FIELDS:
            row.say(key, value)
        elif key not in ANSWERED_ONLY:
            row.fault("", unknown_field(key))
    if not isinstance(host.get("name"), str):
        row.fault("", "cannot use a host without a name")
    return row


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:80]!r} stands there twice")
    return found
