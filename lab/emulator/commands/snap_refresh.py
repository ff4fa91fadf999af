"""`snap refresh` and `snap revert`, with holds."""

import os
import shutil
import time
from typing import Any

from lab.emulator import (
    control,
    host,
    journal,
    layout,
    paths,
    services,
    shims,
    snapd,
    store,
    terminal,
)
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
        _revert(found)
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
    release = snap_install.find_release(snap.option(words, "channel", str(found["channel"])))
    if release.revision == found["revision"]:
        snapd.remember(found | {"channel": release.channel})
        terminal.err('snap "microk8s" has no updates available')
        return
    with snapd.change("refresh-snap", 'Refresh "microk8s" snap'):
        host.work("refresh")
        control.ask("stop", list(services.ALL))
        _copy_data(found["revision"], release.revision)
        previous = [_saved(found), *found["previous"]][:2]
        new = found | _saved_release(release) | {"previous": previous}
        _switch_to(new)
    journal.effect("refresh", channel=release.channel, version=release.version)
    shown = snap_install.shown_channel(release)
    terminal.out(f"microk8s {shown}{release.version} from Canonical** refreshed")


def _revert(found: snapd.Snap) -> None:
    if not found["previous"]:
        terminal.fail('error: cannot revert "microk8s": no revision to revert to')
    with snapd.change("revert-snap", 'Revert "microk8s" snap'):
        control.ask("stop", list(services.ALL))
        # The old revision's data folder still holds the datastore as it was at the refresh.
        previous = found["previous"][0]
        _switch_to(found | previous | {"previous": found["previous"][1:]})
    journal.effect("revert", version=previous["version"])
    terminal.out(f"microk8s reverted to {previous['version']}")


def _saved(found: snapd.Snap) -> dict[str, Any]:
    # A revert keeps tracking the newer channel, as snapd does.
    return {"version": found["version"], "revision": found["revision"]}


def _saved_release(release: store.Release) -> dict[str, Any]:
    return {
        "version": release.version,
        "revision": release.revision,
        "channel": release.channel,
    }


def _copy_data(old: int, new: int) -> None:
    target = f"{paths.SNAP_DATA_ROOT}/{new}"
    shutil.rmtree(target, ignore_errors=True)
    # MicroK8s' own join moves the socket aside with the folder; it cannot be copied.
    ignored = shutil.ignore_patterns(f"{os.path.basename(paths.KINE_SOCKET)}*")
    source = f"{paths.SNAP_DATA_ROOT}/{old}"
    shutil.copytree(source, target, symlinks=True, ignore=ignored)


def _switch_to(snap_record: snapd.Snap) -> None:
    layout.point_at(snap_record["revision"])
    shims.write_snap_commands(snap_record["revision"])
    snapd.remember(snap_record)
    enabled = [name for name in services.ALL if snapd.is_enabled(name)]
    control.ask("start", enabled)
