"""`snap remove`."""

import shutil
from contextlib import suppress

from lab.emulator import (
    control,
    host,
    journal,
    objects,
    paths,
    services,
    shims,
    snapd,
    terminal,
)
from lab.emulator.commands import snap


def run(_verb: str, words: list[str]) -> None:
    for name in snap.names(words):
        if name != "microk8s" or not snapd.installed():
            terminal.err(f'snap "{name}" is not installed')
            continue
        _remove(purge="--purge" in words)


def _remove(*, purge: bool) -> None:
    with snapd.change("remove-snap", 'Remove "microk8s" snap'):
        control.ask("stop", list(services.ALL))
        host.work("remove")
        with suppress(IndexError, ValueError):
            objects.Lease(objects.own_cluster_id()).end(host.hostname())
        shutil.rmtree(paths.SNAP_DATA_ROOT, ignore_errors=True)
        shims.remove_snap_commands()
        snapd.forget()
    journal.effect("remove", purge=purge)
    terminal.out("microk8s removed" + ("" if purge else " (snap data snapshot saved)"))
