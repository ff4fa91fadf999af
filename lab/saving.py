"""Saving the whole state of a running lab, and putting its hosts back to it.

A save is what a power failure of all hosts at the same moment would leave on their disks, and what
ran on them. So hosts that are put back boot from it, as hosts do after a power failure.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab import saves
from lab.errors import LabError, LabRefused

if TYPE_CHECKING:
    from lab.host import LabHost
    from lab.supervisor import Supervisor

_DAEMON = "run/lab-snapd.sock"
_SERVICES = "services.json"
_SECONDS = 20.0
_POLL_SECONDS = 0.02


async def save(lab: Supervisor, name: str) -> None:
    """Keep every host's files, services and faults; hosts stand still for that moment.

    Raises LabRefused for a lab that cannot be saved as it is, LabError where there is no space.
    """
    _check_can_be_saved(lab, name)
    up = [host for host in lab.hosts.values() if host.pid is not None]
    services = await asyncio.gather(*(_services_at_rest(host) for host in up))
    serving = await asyncio.gather(*(_serves(host) for host in up))
    record = saves.Save(
        name=name,
        at=saves.now(),
        made_of=saves.made_of(lab.lab),
        services={host.spec.name: found for host, found in zip(up, services, strict=True)},
        serving=[host.spec.name for host, serves in zip(up, serving, strict=True) if serves],
        full={host.spec.name: _full(host) for host in lab.hosts.values()},
        cuts=sorted(lab.cuts),
        delays=dict(lab.delays),
    )
    folder = saves.begun(lab.state, name)
    with _still(up):
        saves.copy_all(_places(lab, folder), f"save {name}")
    record.write(folder)
    saves.keep(folder)


async def restore(lab: Supervisor, name: str) -> None:
    """Put every host back to a save; return when they speak SSH and serve what they served.

    Raises LabRefused where the save is not one of this lab's hosts, and LabError where a host or
    one of its services does not come back.
    """
    record = saves.find(lab.state, name)
    record.check_fits(lab.lab)
    await lab.strip()
    for host in lab.hosts.values():
        host.make_root()
    kept = _places(lab, lab.state / saves.FOLDER / name)
    saves.copy_all([(source, target) for target, source in kept], f"restore {name}")
    for saved_host, services in record.services.items():
        (lab.state / "hosts" / saved_host / _SERVICES).write_text(json.dumps(services))
    lab.cut(set(record.cuts))
    lab.delays.update(record.delays)
    up = [lab.hosts[saved_host] for saved_host in record.services]
    await lab.boot(up)
    await asyncio.gather(*(_runs_again(host, record) for host in up))
    for host in lab.hosts.values():
        _fill(host, record.full[host.spec.name])


def _check_can_be_saved(lab: Supervisor, name: str) -> None:
    if lab.lab.snap is not None:
        raise LabRefused(
            f"cannot save {name}: the hosts of lab {lab.lab.name} run parts of an unpacked snap, "
            "whose state is not the lab's to keep; start a lab without --snap"
        )
    for host in lab.hosts.values():
        if host.frozen:
            raise LabRefused(f"cannot save {name}: {host.spec.name} is frozen; thaw it first")


def _places(lab: Supervisor, folder: Path) -> list[tuple[Path, Path]]:
    """Where things are in a running lab, each with its place in the folder of a save."""
    roots = [(host.root, folder / "roots" / name) for name, host in lab.hosts.items()]
    outside = [(lab.state / "hosts" / name, folder / "hosts" / name) for name in lab.hosts]
    return [*roots, *outside, (lab.state / "world", folder / "world")]


@contextlib.contextmanager
def _still(hosts: list[LabHost]) -> Iterator[None]:
    """Let nothing happen on these hosts meanwhile."""
    try:
        for host in hosts:
            host.freeze()
        yield
    finally:
        for host in hosts:
            host.thaw()


def _full(host: LabHost) -> list[str]:
    full = {"disk": host.disk_is_full(), "inodes": host.inodes_are_full()}
    return [what for what, is_full in full.items() if is_full]


def _fill(host: LabHost, full: list[str]) -> None:
    if "disk" in full:
        host.fill_disk()
    if "inodes" in full:
        host.fill_inodes()


async def _services_at_rest(host: LabHost) -> list[str]:
    """Return the services that run, once none is being started or stopped."""
    # To start none waits for whoever starts or stops some.
    answer = await _answer_of_daemon(host, "start")
    return [str(name) for name in answer["active"]]


async def _serves(host: LabHost) -> bool:
    """Whether the host's Kubernetes API answers, from a datastore that has a leader."""
    answer = await _answer_of_daemon(host, "serving")
    return bool(answer["serving"])


async def _runs_again(host: LabHost, record: saves.Save) -> None:
    """Wait until the host's services run as they ran, or say which of them does not."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _SECONDS
    name = host.spec.name
    while missing := await _missing(host, record):
        if loop.time() > end:
            raise LabError(
                f"cannot bring {name} back: not within {_SECONDS:g} s: {', '.join(missing)}; "
                f"see lab exec {name} -- journalctl"
            )
        await asyncio.sleep(_POLL_SECONDS)


async def _missing(host: LabHost, record: saves.Save) -> list[str]:
    active = await _services_at_rest(host)
    missing = [service for service in record.services[host.spec.name] if service not in active]
    if not missing and host.spec.name in record.serving and not await _serves(host):
        return ["an answer of its Kubernetes API"]
    return missing


async def _answer_of_daemon(host: LabHost, do: str) -> dict[str, Any]:
    """Ask the host's daemon, also one that is just starting."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _SECONDS
    while loop.time() < end:
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            return await asyncio.wait_for(_ask_daemon(host, do), _SECONDS)
        await asyncio.sleep(_POLL_SECONDS)
    raise LabError(
        f"cannot see what runs on {host.spec.name}: its daemon gave no answer in {_SECONDS:g} s; "
        f"see lab exec {host.spec.name} -- cat /lab/log/boot.log"
    )


async def _ask_daemon(host: LabHost, do: str) -> dict[str, Any]:
    """Ask the daemon that stands for snapd and systemd, through the host's own root."""
    if host.pid is None:
        raise LabError(f"cannot ask {host.spec.name}: it went off meanwhile; boot it first")
    reader, writer = await asyncio.open_unix_connection(f"/proc/{host.pid}/root/{_DAEMON}")
    try:
        writer.write(json.dumps({"do": do, "services": []}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await reader.readline())
        return answer
    finally:
        writer.close()
