"""`snap refresh`, with holds, `snap revert` and `snap switch`."""

import os
import time

from lab.emulator import snap_client, snapd, terminal
from lab.emulator.commands import snap, snap_install

NOT_INSTALLED = 'error: snap "microk8s" is not installed'


def run(verb: str, words: list[str]) -> None:
    found = snapd.installed()
    if any(word.startswith(("--hold", "--unhold")) for word in words):
        _hold(found, words)
        return
    names = snap.names(words)
    if names and names != ["microk8s"]:
        terminal.err(f'snap "{names[0]}" has no updates available')
        return
    if found is None:
        terminal.fail(NOT_INSTALLED)
    if verb == "revert":
        _revert(found, words)
    elif verb == "switch":
        _switch(found, words)
    else:
        _refresh(found, words)


def _hold(found: snapd.Snap | None, words: list[str]) -> None:
    if found is None:
        terminal.fail(NOT_INSTALLED)
    if os.getuid():
        terminal.fail("error: access denied (try with sudo)")
    if "--unhold" in words:
        snapd.remember(found | {"held": ""})
        terminal.out('Removed general refresh hold of "microk8s"')
        return
    duration = next(w for w in words if w.startswith("--hold")).partition("=")[2]
    hours = float(duration.removesuffix("h")) if duration not in ("", "forever") else 0.0
    until = time.time() + hours * 3600
    snapd.remember(found | {"held": str(until) if hours else "forever"})
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(until))
    word = f"until {stamp}" if hours else "indefinitely"
    terminal.out(f'General refreshes of "microk8s" held {word}')


def _refresh(found: snapd.Snap, words: list[str]) -> None:
    channel = snap.option(words, "channel", str(found["channel"]))
    release = snap_install.find_release(channel, "refresh")
    if release.revision == found["revision"]:
        snapd.remember(found | {"channel": release.channel})
        terminal.err('snap "microk8s" has no updates available')
        return
    snap_client.carry_out("refresh-snap", release._asdict() | {"revert": False}, words)
    shown = snap_install.shown_channel(release)
    terminal.out(f"microk8s {shown}{release.version} from Canonical** refreshed")


def _revert(found: snapd.Snap, words: list[str]) -> None:
    """Go back to the revision before, or to one that is named and still there."""
    wanted = snap.option(words, "revision")
    kept = [each for each in found["previous"] if wanted in ("", str(each["revision"]))]
    if not kept:
        why = f"revision {wanted} is not kept" if wanted else "no revision to revert to"
        terminal.fail(f'error: cannot revert "microk8s": {why}')
    snap_client.carry_out("revert-snap", kept[0] | {"revert": True}, words)
    terminal.out(f"microk8s reverted to {kept[0]['version']}")


def _switch(found: snapd.Snap, words: list[str]) -> None:
    """Follow another channel, and change nothing else."""
    release = snap_install.find_release(snap.option(words, "channel"), "switch")
    snapd.remember(found | {"channel": release.channel})
    terminal.out(f'"microk8s" switched to the "{release.channel}" channel')
