"""The tasks of `snap refresh microk8s` and of `snap revert microk8s`."""

import os
import shutil

from lab.emulator import journal, layout, paths, services, shims, snapd
from lab.emulator.changes.task import Task, Work
from lab.emulator.real_snap import show


def summary(params: dict[str, object]) -> str:
    return f'{"Revert" if params["revert"] else "Refresh"} "microk8s" snap'


def tasks(params: dict[str, object]) -> list[Task]:
    if params["revert"]:
        return [
            Task('Stop snap "microk8s" services', _stop, _start),
            Task('Make snap "microk8s" available to the system', _switch),
            Task('Start snap "microk8s" services', _start, _stop),
        ]
    download = f'Download snap "microk8s" ({params["revision"]}) from channel "{params["channel"]}"'
    return [
        Task('Ensure prerequisites for "microk8s" are available'),
        Task(download, _download),
        Task('Stop snap "microk8s" services', _stop, _start),
        Task('Copy snap "microk8s" data', _copy_data, _remove_copy),
        Task('Make snap "microk8s" available to the system', _switch),
        Task('Start snap "microk8s" services', _start, _stop),
    ]


def _download(work: Work) -> None:
    work.take_time("refresh")


def _stop(work: Work) -> None:
    work.services.stop(services.ALL)


def _start(work: Work) -> None:
    work.services.start([name for name in services.ALL if snapd.is_enabled(name)])


def _copy_data(work: Work) -> None:
    target = f"{paths.SNAP_DATA_ROOT}/{work.params['revision']}"
    shutil.rmtree(target, ignore_errors=True)
    old = f"{paths.SNAP_DATA_ROOT}/{(snapd.installed() or {})['revision']}"
    # MicroK8s' own join moves the socket aside with the folder; it cannot be copied.
    ignored = shutil.ignore_patterns(f"{os.path.basename(paths.KINE_SOCKET)}*")
    shutil.copytree(old, target, symlinks=True, ignore=ignored)


def _remove_copy(work: Work) -> None:
    shutil.rmtree(f"{paths.SNAP_DATA_ROOT}/{work.params['revision']}", ignore_errors=True)


def _switch(work: Work) -> None:
    """Make the other revision current; a revert finds its datastore as it was at the refresh."""
    found = snapd.installed() or {}
    if work.params["revert"]:
        # A revert keeps tracking the newer channel, as snapd does.
        revisions = [each["revision"] for each in found["previous"]]
        place = revisions.index(work.params["revision"])
        new = found | found["previous"][place] | {"previous": found["previous"][place + 1 :]}
        journal.effect("revert", version=new["version"])
    else:
        saved = {"version": found["version"], "revision": found["revision"]}
        wanted = {name: work.params[name] for name in ("version", "revision", "channel")}
        new = found | wanted | {"previous": [saved, *found["previous"]][:2]}
        journal.effect("refresh", channel=new["channel"], version=new["version"])
    layout.point_at(new["revision"])
    shims.write_snap_commands(new["revision"])
    show.fill_data()
    snapd.remember(new)
