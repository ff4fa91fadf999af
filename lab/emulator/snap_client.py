"""What the command `snap` does about a change: ask for it, wait for it, say how it ended."""

from typing import Any

from lab.emulator import control, faults, terminal

Entry = dict[str, Any]


def carry_out(kind: str, params: dict[str, Any], words: list[str]) -> None:
    """Have snapd change something and wait for it; killing this command ends nothing.

    With `--no-wait` the command ends at once and says the change's number.
    """
    answers = control.talk({"do": "change", "kind": kind, "params": params | _holds()})
    begun = _next(answers)
    if "conflict" in begun:
        terminal.fail(f"error: {begun['conflict']}", 10)
    if begun.get("error"):
        terminal.fail(f"error: {begun['error']}")
    if "--no-wait" in words:
        terminal.leave_with(0, str(begun["change"]))
    try:
        entry = _next(answers) or _await(begun["change"])
    except KeyboardInterrupt:
        # Only an interrupt from the keyboard takes the wish back; other signals end the client.
        next(control.talk({"do": "abort", "change": begun["change"]}), None)
        entry = _await(begun["change"])
    refuse_failure(entry)


def watch(number: int) -> None:
    """Wait until the change is ready, and fail as it did."""
    refuse_failure(_await(number))


def refuse_failure(entry: Entry) -> None:
    if entry.get("error"):
        terminal.fail(f"error: {entry['error']}")
    if entry.get("status") != "Done":
        status = entry.get("status", "")
        terminal.fail(f'error: change finished in status "{status}" with no error message')


def _holds() -> dict[str, Any]:
    held = faults.holds()
    return {"holds": held} if held else {}


def _next(answers: Any) -> Entry:
    try:
        return next(answers, {})
    except control.SnapdUnreachable as error:
        terminal.fail(f"error: {error}")


def _await(number: int) -> Entry:
    """The change's record when it is ready, also over a restart of the daemon."""
    while True:
        entry = _next(control.talk({"do": "await", "change": number}))
        if entry:
            return entry
