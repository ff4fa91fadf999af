"""What a running lab can be asked to do, by the word in a request's ``do``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from lab import network, saving
from lab.errors import LabError, LabRefused

if TYPE_CHECKING:
    from lab.host import LabHost
    from lab.supervisor import Supervisor

Request = dict[str, Any]


async def answer(lab: Supervisor, request: Request) -> dict[str, Any]:
    """Carry out one request; a refusal is an answer too.

    Two changes at once could start one host twice; looking is always possible.
    """
    async with nullcontext() if is_harmless(request) else lab.one_at_a_time:
        return await _carried_out(lab, request)


async def _carried_out(lab: Supervisor, request: Request) -> dict[str, Any]:
    action = _ACTIONS.get(request.get("do", ""))
    if action is None:
        return {"error": f"cannot do {request}: the lab does not know that request"}
    try:
        return {"result": await action(lab, request)}
    except (LabError, OSError) as error:
        return {"error": str(error)}


def is_harmless(request: Request) -> bool:
    """Whether a request changes nothing, so that it need not wait for others."""
    return request.get("do") == "status"


async def _status(lab: Supervisor, _: Request) -> dict[str, Any]:
    return {
        "hosts": {name: _host_status(host) for name, host in lab.hosts.items()},
        "cuts": sorted(lab.cuts),
        "delays": lab.delays,
        "netem": lab.can_delay,
    }


def _host_status(host: LabHost) -> dict[str, Any]:
    power = "off" if host.pid is None else "frozen" if host.frozen else "up"
    return {
        "power": power,
        "machine_pid": host.machine_pid,
        "processes": sum(1 for _ in host.processes()),
        "disk_full": host.disk_is_full(),
        "inodes_full": host.inodes_are_full(),
        **host.snap_facts(),
    }


async def _kill(lab: Supervisor, request: Request) -> None:
    await lab.power_off([_running(lab, request)])


async def _boot(lab: Supervisor, request: Request) -> None:
    host = lab.find(request["host"])
    if host.pid is not None:
        raise LabRefused(f"cannot boot {host.spec.name}: it is already up")
    await lab.boot([host])


async def _reboot(lab: Supervisor, request: Request) -> None:
    host = _running(lab, request)
    if host.frozen:
        host.thaw()
    await lab.reboot(host)


async def _freeze(lab: Supervisor, request: Request) -> None:
    _running(lab, request).freeze()


async def _thaw(lab: Supervisor, request: Request) -> None:
    _running(lab, request).thaw()


async def _partition(lab: Supervisor, request: Request) -> None:
    first, second = request["host"], request.get("peer")
    others = [second] if second else [name for name in lab.hosts if name != first]
    for name in (first, *others):
        if name != network.OUTSIDE:
            lab.find(name)
    if first in others:
        raise LabRefused(f"cannot partition {first}: a host cannot be cut off from itself")
    cuts = {(first, other) for other in others}
    if not request.get("one_way"):
        cuts |= {(other, first) for other in others}
    lab.cut(lab.cuts | cuts)


async def _heal(lab: Supervisor, _: Request) -> None:
    lab.cut(set())
    for name in list(lab.delays):
        network.delay(lab.find(name).spec, 0)
        del lab.delays[name]


async def _delay(lab: Supervisor, request: Request) -> None:
    host = _running(lab, request)
    milliseconds = int(request["milliseconds"])
    if milliseconds or host.spec.name in lab.delays:
        network.delay(host.spec, milliseconds)
    lab.delays.pop(host.spec.name, None)
    if milliseconds:
        lab.delays[host.spec.name] = milliseconds


async def _fill_disk(lab: Supervisor, request: Request) -> None:
    lab.find(request["host"]).fill_disk()


async def _free_disk(lab: Supervisor, request: Request) -> None:
    lab.find(request["host"]).free_disk()


async def _fill_inodes(lab: Supervisor, request: Request) -> None:
    lab.find(request["host"]).fill_inodes()


async def _free_inodes(lab: Supervisor, request: Request) -> None:
    lab.find(request["host"]).free_inodes()


async def _reset(lab: Supervisor, request: Request) -> None:
    await lab.reset(rebuild=bool(request.get("rebuild")))


async def _save(lab: Supervisor, request: Request) -> None:
    await saving.save(lab, request["name"])


async def _restore(lab: Supervisor, request: Request) -> None:
    await saving.restore(lab, request["name"])


async def _end(_: Supervisor, __: Request) -> None:
    """The supervisor ends once this answer has been sent."""


def _running(lab: Supervisor, request: Request) -> LabHost:
    host = lab.find(request["host"])
    if host.pid is None:
        raise LabRefused(f"cannot {request['do']} {host.spec.name}: it is off; boot it first")
    return host


_ACTIONS: dict[str, Callable[[Supervisor, Request], Awaitable[Any]]] = {
    "status": _status,
    "kill": _kill,
    "boot": _boot,
    "reboot": _reboot,
    "freeze": _freeze,
    "thaw": _thaw,
    "partition": _partition,
    "heal": _heal,
    "delay": _delay,
    "fill-disk": _fill_disk,
    "free-disk": _free_disk,
    "fill-inodes": _fill_inodes,
    "free-inodes": _free_inodes,
    "reset": _reset,
    "save": _save,
    "restore": _restore,
    "end": _end,
}
