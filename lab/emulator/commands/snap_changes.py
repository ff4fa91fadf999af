"""snap's commands about changes: changes, change (tasks), abort, watch."""

import time
from typing import Any

from lab.emulator import control, snap_client, snapd, terminal

# `--last=TYPE` means the newest change of this kind.
KINDS = {
    "install": "install-snap",
    "remove": "remove-snap",
    "refresh": "refresh-snap",
    "revert": "revert-snap",
}


def run(verb: str, words: list[str]) -> int:
    if verb == "changes":
        return _list()
    number = _number(words)
    if number is None:
        return 0
    if verb == "watch":
        snap_client.watch(number)
    elif verb == "abort":
        _abort(number)
    else:
        _show(number)
    return 0


def _list() -> int:
    entries = snapd.changes()
    if not entries:
        terminal.err("error: no changes found")
        return 1
    terminal.out(f"{'ID':<5}{'Status':<8}{'Spawn':<22}{'Ready':<22}Summary")
    for entry in entries:
        terminal.out(f"{entry['id']:<5}{_row(entry)}")
    terminal.out()
    return 0


def _row(entry: dict[str, Any]) -> str:
    spawn, ready = (_stamp(entry.get(key)) for key in ("spawn", "ready"))
    return f"{entry['status']:<8}{spawn:<22}{ready:<22}{entry['summary']}"


def _stamp(seconds: float | None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if seconds else "-"


def _number(words: list[str]) -> int | None:
    """The change that the words name: `ID`, `--last=TYPE`, or `--last=TYPE?` for perhaps none."""
    wanted = next((w.partition("=")[2] for w in words if w.startswith("--last=")), "")
    if wanted:
        kind = wanted.rstrip("?")
        known = [e for e in snapd.changes() if e["kind"] == KINDS.get(kind, kind)]
        if known:
            return int(known[-1]["id"])
        if wanted.endswith("?"):
            return None
        terminal.fail(f'error: no changes of type "{kind}" found')
    given = [word for word in words if not word.startswith("-")]
    if not given:
        terminal.fail("error: please provide change ID or type with --last=<type>")
    known = [entry for entry in snapd.changes() if str(entry["id"]) == given[0]]
    if not known:
        terminal.fail(f'error: cannot find change with id "{given[0]}"')
    return int(known[0]["id"])


def _show(number: int) -> None:
    entry = next(e for e in snapd.changes() if e["id"] == number)
    terminal.out(f"{'Status':<8}{'Spawn':<22}{'Ready':<22}Summary")
    for task in entry["tasks"]:
        terminal.out(_row({"spawn": entry["spawn"], **task}))
    terminal.out()
    if entry.get("error"):
        terminal.out("." * 70)
        terminal.out(f"{entry['error']}\n")


def _abort(number: int) -> None:
    answer = next(control.talk({"do": "abort", "change": number}), {})
    if answer.get("error"):
        terminal.fail(f"error: {answer['error']}")
