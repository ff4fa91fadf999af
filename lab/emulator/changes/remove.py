"""The tasks of `snap remove microk8s`."""

import shutil
from contextlib import suppress

from lab.emulator import host, journal, objects, paths, services, shims, snapd
from lab.emulator.changes.task import Task, Work


def summary(_params: dict[str, object]) -> str:
    return 'Remove "microk8s" snap'


def tasks(_params: dict[str, object]) -> list[Task]:
    return [
        Task('Stop snap "microk8s" services', _stop, _start),
        Task('Run remove hook of "microk8s" snap if present', _run_hook),
        Task('Remove data for snap "microk8s"', _remove_data),
        Task('Remove snap "microk8s" from the system', _remove),
    ]


def _stop(work: Work) -> None:
    work.services.stop(services.ALL)


def _start(work: Work) -> None:
    work.services.start([name for name in services.ALL if snapd.is_enabled(name)])


def _run_hook(work: Work) -> None:
    work.take_time("remove")


def _remove_data(_work: Work) -> None:
    with suppress(IndexError, ValueError):
        objects.Lease(objects.own_cluster_id()).end(host.hostname())
    shutil.rmtree(paths.SNAP_DATA_ROOT, ignore_errors=True)


def _remove(work: Work) -> None:
    shims.remove_snap_commands()
    snapd.forget()
    journal.effect("remove", purge=work.params["purge"])
