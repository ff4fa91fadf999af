"""Jump hosts: which hosts stand between a Celery worker and a host, and when that cannot be."""

from collections.abc import Iterator, Mapping, Sequence

from cluster.actions import Action, Advised
from cluster.findings import Finding, Severity
from cluster.host_faults import HostFault
from cluster.spec import Host

MOST_HOPS = 3


class BadJump(HostFault):
    """A host cannot be reached by the way that it names."""

    def __init__(
        self, message: str, field: str = "/jump", actions: tuple[Advised, ...] = ()
    ) -> None:
        super().__init__(message, field, actions)


def way(name: str, jumps: Mapping[str, str]) -> tuple[str, ...]:
    """Return the jump hosts of a host, its own first; ``jumps`` has that of each host with one."""
    hops: list[str] = []
    while hop := jumps.get(hops[-1] if hops else name):
        if hop == name or hop in hops:
            circle = " through ".join([name, *hops, hop])
            raise BadJump(f"cannot reach {name} that way: it goes in a circle, {circle}")
        hops.append(hop)
        if len(hops) > MOST_HOPS:
            raise BadJump(
                f"cannot reach {name} through {len(hops)} jump hosts ({', '.join(hops)}): "
                f"{MOST_HOPS} at most; name one that is nearer"
            )
    return tuple(hops)


def check(host: Host, jumps: Mapping[str, str], sites: Mapping[str, str]) -> None:
    """Raise ``BadJump`` if ``host`` cannot be stored beside the hosts whose jumps are given.

    ``jumps`` has them as they would be, that of ``host`` too. ``sites`` has the site of its jump
    host, if that is known, and of the hosts behind it.
    """
    if host.jump == host.name:
        raise BadJump(f"cannot use {host.jump} as jump host: a host cannot be its own")
    if host.jump and host.jump not in sites:
        raise BadJump(
            f"cannot use {host.jump} as jump host: it is not in the inventory; add it first",
            actions=(Action.ADD_HOST.of(host=host.jump),),
        )
    for name in (host.name, *all_behind(host.name, jumps)):
        way(name, jumps)  # a longer way for this host is one for those behind it too
    if host.jump and sites[host.jump] != host.site:
        raise BadJump(
            f"cannot use {host.jump} as jump host: it stands at site {sites[host.jump]}, and "
            f"{host.name} at {host.site}; the Celery workers of one site go the whole way"
        )
    others = [name for name in behind(host.name, jumps) if sites.get(name, host.site) != host.site]
    if others:
        raise BadJump(
            f"cannot move {host.name} to site {host.site}: {', '.join(others)} of another site "
            f"are reached through it; give them another jump host first",
            "/site",
        )


def behind(name: str, jumps: Mapping[str, str]) -> list[str]:
    """Return the hosts that name a host as their jump host."""
    return sorted(host for host, jump in jumps.items() if jump == name)


def all_behind(name: str, jumps: Mapping[str, str]) -> list[str]:
    """Return the hosts that are reached through a host, however many others stand between."""
    found = [name]
    for hop in found:  # which grows meanwhile
        found += [host for host in behind(hop, jumps) if host not in found]
    return found[1:]


def lost_ways(nodes: Sequence[str], hosts: Mapping[str, Host]) -> Iterator[Finding]:
    """Find nodes whose jump hosts are not what they were when the nodes were stored."""
    jumps = {host.name: host.jump for host in hosts.values() if host.jump}
    for name in nodes:
        try:
            missing = [hop for hop in way(name, jumps) if hop not in hosts]
        except BadJump as error:
            yield _refuse("bad-jump", name, str(error))
            continue
        for hop in missing:
            message = (
                f"host {name} is reached through jump host {hop}, which is not in the inventory"
            )
            yield _refuse("unknown-jump", name, message)


def _refuse(code: str, host: str, message: str) -> Finding:
    advice = f"correct the jump host of {host}"
    actions = (Action.CHANGE_HOST.of(host=host),)
    return Finding(code, Severity.REFUSE, message, advice, host=host, actions=actions)
