"""`snap list` and `snap info`."""

import os
import time

from lab.emulator import snapd, store, terminal
from lab.emulator.commands import snap


def run(verb: str, words: list[str]) -> int:
    names = snap.names(words)
    return _info(names) if verb == "info" else _list(names)


def _list(names: list[str]) -> int:
    found = snapd.installed()
    if not found or (names and "microk8s" not in names):
        if names:
            terminal.fail("error: no matching snaps installed")
        terminal.err("No snaps are installed yet. Try 'snap install hello-world'.")
        return 0
    rows = [("Name", "Version", "Rev", "Tracking", "Publisher", "Notes")]
    revision, tracking = str(found["revision"]), str(found["channel"])
    rows.append(
        ("microk8s", str(found["version"]), revision, tracking, "canonical**", notes(found))
    )
    widths = [max(len(row[i]) for row in rows) + 2 for i in range(6)]
    for row in rows:
        line = "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        terminal.out(line.rstrip())
    return 0


def notes(found: snapd.Snap) -> str:
    words = ["disabled"] if found.get("disabled") else []
    words += ["classic"] if found["classic"] else []
    words += ["held"] if is_held(found) else []
    return ",".join(words) or "-"


def is_held(found: snapd.Snap) -> bool:
    held = str(found.get("held", ""))
    return held == "forever" or bool(held and float(held) > time.time())


def _info(names: list[str]) -> int:
    if names != ["microk8s"]:
        terminal.fail(f'error: no snap found for "{" ".join(names)}"')
    terminal.out("name:      microk8s")
    terminal.out("summary:   Kubernetes for workstations and appliances")
    terminal.out("publisher: Canonical**\nstore-url: https://snapcraft.io/microk8s")
    terminal.out("license:   Apache-2.0\nsnap-id:      EaXqgt1lyCaxKaQCU349mlodBkDCXRcg")
    found = snapd.installed()
    if found:
        terminal.out(f"tracking:     {found['channel']}")
        terminal.out(f"refresh-date: {time.strftime('%Y-%m-%d', _installed_at())}")
        if is_held(found):
            until = "forever" if found["held"] == "forever" else "later"
            terminal.out(f"hold:         {until}")
    terminal.out("channels:")
    for release in store.channels():
        name, version = f"{release.channel}:", release.version
        terminal.out(f"  {name:<24}{version:<10} 2026-10-01 ({release.revision}) 170MB classic")
    if found:
        suffix = "classic" if found["classic"] else "-"
        shown = f"{found['version']}  ({found['revision']}) 170MB {suffix}"
        terminal.out(f"installed:                {shown}")
    return 0


def _installed_at() -> time.struct_time:
    return time.gmtime(os.stat(snapd.SNAP_FILE).st_mtime)
