"""The tasks of `snap install microk8s`."""

import os
import shutil
import threading
from contextlib import suppress

from lab.emulator import files, journal, launch_configuration, layout, paths, services, shims, snapd
from lab.emulator.changes.task import Failed, Task, Work
from lab.emulator.real_snap import show

LAUNCH_FILES = (
    "/etc/microk8s.yaml",
    "/root/snap/microk8s/common/.microk8s.yaml",
    f"{paths.SNAP_COMMON}/.microk8s.yaml",
)
HOOK = 'Run install hook of "microk8s" snap if present'
GROUP_ID = 950


def summary(_params: dict[str, object]) -> str:
    return 'Install "microk8s" snap'


def tasks(params: dict[str, object]) -> list[Task]:
    download = f'Download snap "microk8s" ({params["revision"]}) from channel "{params["channel"]}"'
    revision = f'"microk8s" ({params["revision"]})'
    return [
        Task('Ensure prerequisites for "microk8s" are available'),
        Task(download, _download),
        Task(f"Fetch and check assertions for snap {revision}"),
        Task(f"Mount snap {revision}", _mount, _unmount),
        Task('Copy snap "microk8s" data'),
        Task(f"Setup snap {revision.replace(' (', ' (', 1)} security profiles"),
        Task(f"Make snap {revision} available to the system", _remember, _forget),
        Task('Automatically connect eligible plugs and slots of snap "microk8s"'),
        Task(HOOK, _run_hook, _remove_data),
        Task(f"Start snap {revision} services", _start, _stop),
        Task('Run configure hook of "microk8s" snap if present', _note),
    ]


def _download(work: Work) -> None:
    work.take_time("install")


def _mount(work: Work) -> None:
    shims.write_snap_commands(int(work.params["revision"]))


def _unmount(_work: Work) -> None:
    shims.remove_snap_commands()


def _remember(work: Work) -> None:
    names = ("version", "revision", "channel", "classic")
    own = {name: work.params[name] for name in names}
    snapd.remember(own | {"held": "", "previous": []})


def _forget(_work: Work) -> None:
    snapd.forget()


def _run_hook(work: Work) -> None:
    _refuse_bad_launch_configuration()
    low_memory = layout.memory_kib() <= layout.LOW_MEMORY_KIB
    layout.create(int(work.params["revision"]), low_memory=low_memory)
    show.fill_data()
    _add_group("microk8s" if work.params["classic"] else "snap_microk8s")


def _refuse_bad_launch_configuration() -> None:
    for path in LAUNCH_FILES:
        text = files.read(path)
        if text:
            version = next((x for x in text.splitlines() if x.startswith("version:")), "")
            number = version.partition(":")[2].strip().strip("\"'")
            if number not in ("0.1.0", "0.1.1", "0.1.2", "0.2.0"):
                reason = (
                    f"config file version is {number} but the maximum version supported is 0.2.0"
                )
                raise Failed(f'run hook "install": {reason}')
            return


def _add_group(name: str) -> None:
    if not any(line.startswith(f"{name}:") for line in files.read("/etc/group").splitlines()):
        files.append("/etc/group", f"{name}:x:{GROUP_ID}:\n")
    for folder in (paths.CREDENTIALS, paths.BACKEND):
        for entry in (folder, *(f"{folder}/{item}" for item in os.listdir(folder))):
            # Where the lab has one user id only, there is no group to give the files to.
            with suppress(OSError):
                os.chown(entry, 0, GROUP_ID)


def _remove_data(_work: Work) -> None:
    shutil.rmtree(paths.SNAP_DATA_ROOT, ignore_errors=True)


def _start(work: Work) -> None:
    work.services.start(services.ALL)


def _stop(work: Work) -> None:
    work.services.stop(services.ALL)


def _note(work: Work) -> None:
    threading.Thread(target=launch_configuration.apply, daemon=True).start()
    journal.effect("install", channel=work.params["channel"], version=work.params["version"])
