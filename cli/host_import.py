"""A list of hosts on its way to the API: with its keys, in one request, and its faults by place."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from cli.client import Client
from cli.errors import Failure, Problem
from cli.file_refused import found
from cli.host_files.reading import BadFile, Row
from cli.host_key import fingerprint, scan
from cli.host_record import answered_change_lines
from cli.known_hosts import STANDARD_PORT, NoKey, entries, key_of

PATH = "/v1/hosts"
SCANS_AT_ONCE = 16
WAYS = (
    "take the keys from what OpenSSH knows, with --known-hosts ~/.ssh/known_hosts, or ask the "
    "hosts, with --scan, and compare the fingerprints"
)


class NotImported(Failure):
    """The API has refused a list of hosts: nothing of it was stored."""

    def __init__(self, problem: Problem, rows: Sequence[Row]) -> None:
        super().__init__(str(problem))
        self.title, self.problem, self.rows = problem.title, problem, rows
        self.errors: list[dict[str, Any]] = list(problem.body.get("errors") or ())

    def document(self) -> dict[str, Any]:
        errors = [error | {"place": self._place(error)} for error in self.errors]
        return {**self.problem.body, "errors": errors}

    def lines(self) -> Iterator[str]:
        if self.problem.body.get("type") == "/problems/hosts-differ":
            yield (
                "cannot import: these hosts are in the inventory already and would change; "
                "nothing was added; say --replace to change them"
            )
            for host in self.problem.body["hosts"]:
                yield f"{host['name']}:"
                yield from answered_change_lines(host["changes"])
            return
        keyless = [error for error in self.errors if self._is_keyless(error)]
        others = [error for error in self.errors if error not in keyless]
        if others or not keyless:
            yield f"cannot import: {self._outcome(len(others))}:"
            for error in others:
                yield f"{self._place(error)}{error['detail']}"
        if keyless:
            names = ", ".join(self._row(error).name for error in keyless)
            yield f"cannot import {names} without host keys: {WAYS}"
        if self.problem.status != 422:
            yield from self.problem.advice_lines()

    def _outcome(self, faults: int) -> str:
        if self.problem.status != 422:
            return f"nothing was stored; {self}"
        return f"{found(faults)}, and nothing was stored"

    def _row(self, error: dict[str, Any]) -> Row:
        return self.rows[int(error["pointer"].split("/")[2])]

    def _key(self, error: dict[str, Any]) -> str:
        return "/".join(error["pointer"].split("/")[3:])

    def _place(self, error: dict[str, Any]) -> str:
        if not error["pointer"].startswith("/hosts/"):
            return ""
        row, key = self._row(error), self._key(error)
        return ": ".join(filter(None, (row.at(key.partition("/")[0]), row.name, key))) + ": "

    def _is_keyless(self, error: dict[str, Any]) -> bool:
        return (
            error["pointer"].startswith("/hosts/")
            and self._key(error) == "host_key"
            and "host_key" not in self._row(error).values
        )


def send(client: Client, rows: Sequence[Row], *, replace: bool, dry_run: bool) -> Any:
    """Have all hosts stored, or none; return what the API says of it.

    What is replaced is what was looked at a moment before, pinned keys too.
    """
    hosts = [dict(row.values) for row in rows]
    try:
        if replace and not dry_run:
            seen = client.post(PATH, {"hosts": hosts, "dry_run": True})
            tags = {row["name"]: {"if_match": row["etag"]} for row in seen["changed"]}
            hosts = [host | tags.get(host["name"], {}) for host in hosts]
        return client.post(PATH, {"hosts": hosts, "replace": replace, "dry_run": dry_run})
    except Problem as problem:
        raise NotImported(problem, rows) from None


def known_keys(rows: Sequence[Row], file: Path) -> None:
    """Give the hosts that have no key the one that a file of known hosts has."""
    try:
        known = entries(file.read_text(errors="replace"))
    except OSError as error:
        raise Failure(f"cannot read {file}: {error.strerror}") from None
    faults = []
    for row in _keyless(rows):
        names = dict.fromkeys(filter(None, (row.values["address"], row.called, row.name)))
        try:
            key = key_of(known, names, row.values.get("port", STANDARD_PORT), str(file))
        except NoKey as error:
            faults.append(f"{row.place}: {row.name}: host_key: {error}")
            continue
        if key:
            row.values["host_key"] = key
    if faults:
        raise BadFile("these hosts", faults)


def scanned_keys(rows: Sequence[Row], *, yes: bool) -> None:
    """Give the hosts that have no key the one that they show, once somebody trusts them."""
    asked = list(_keyless(rows))
    if not asked:
        return
    with ThreadPoolExecutor(SCANS_AT_ONCE) as pool:
        answers = list(pool.map(_shown, asked))
    faults = [
        f"{row.place}: {row.name}: {error}"
        for row, error in zip(asked, answers, strict=True)
        if isinstance(error, Failure)
    ]
    if faults:
        raise BadFile("these hosts", faults)
    for row, key in zip(asked, answers, strict=True):
        row.values["host_key"] = key
        click.echo(f"{row.name} shows {str(key).split()[0]} {fingerprint(str(key))}", err=True)
    if not yes:
        click.confirm(
            "Are these the fingerprints that the hosts themselves print?", abort=True, err=True
        )


def _keyless(rows: Sequence[Row]) -> Iterator[Row]:
    return (row for row in rows if "host_key" not in row.values and "address" in row.values)


def _shown(row: Row) -> str | Failure:
    if row.values.get("jump"):
        return Failure(
            f"cannot scan it: it is behind {row.values['jump']}, and what has its address as seen "
            "from here may be another host; ask for its key there, and say it as host_key or with "
            "--known-hosts"
        )
    try:
        return scan(row.values["address"], row.values.get("port", STANDARD_PORT))
    except Failure as error:
        return error
