"""snap's commands about snapd itself: changes, watch, wait, set, get, version, ack."""

import time

from lab.emulator import files, snapd, terminal

POLL_SECONDS = 0.1


def run(verb: str, words: list[str]) -> int:
    if verb == "changes":
        return _changes()
    if verb == "watch":
        return _watch(words)
    if verb == "set":
        with files.edited_json(snapd.SETTINGS_FILE, {}) as settings:
            settings.update(word.split("=", 1) for word in words[1:] if "=" in word)
    elif verb == "get":
        return _get(words)
    elif verb in ("version", "--version"):
        terminal.out("snap    2.63\nsnapd   2.63\nseries  16\ndebian  12\nkernel  lab")
    # `wait system seed.loaded` and `ack` have nothing to wait for and nothing to say.
    return 0


def _changes() -> int:
    entries = snapd.changes()
    if not entries:
        terminal.err("error: no changes found")
        return 1
    terminal.out(f"{'ID':<5}{'Status':<8}{'Spawn':<22}{'Ready':<22}Summary")
    for entry in entries:
        spawn, ready = (_stamp(entry.get(key)) for key in ("spawn", "ready"))
        row = f"{entry['id']:<5}{entry['status']:<8}{spawn:<22}{ready:<22}{entry['summary']}"
        terminal.out(row)
    return 0


def _stamp(seconds: float | None) -> str:
    if not seconds:
        return "-"
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _watch(words: list[str]) -> int:
    wanted = [word.partition("=")[2] for word in words if word.startswith("--last=")]
    known = [e for e in snapd.changes() if not wanted or wanted[0] in str(e["kind"])]
    if not known:
        terminal.fail(f'error: no changes of type "{"".join(wanted)}" found')
    while (change := snapd.running_change()) and change["id"] == known[-1]["id"]:
        time.sleep(POLL_SECONDS)
    return 0


def _get(words: list[str]) -> int:
    known = snapd.settings()
    for key in words[1:]:
        if key not in known:
            terminal.fail(f'error: snap "{words[0]}" has no "{key}" configuration option')
        terminal.out(known[key])
    return 0
