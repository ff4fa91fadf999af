"""The hosts of a change as its form asks for them: one control a host, and in which order.

A request names hosts in lists, one for each role. The form asks the other way round, what each host
shall be, so that no host can be chosen twice. Pure: which hosts there are is told.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from api.page.words import natural
from cluster.spec import Host

ROLE = "role."
"""Before a host's name: the control that says in which list it shall stand."""
ORDER = "order"
"""The hosts that come first in their lists; the others follow as they were listed."""


def searched(host: Host) -> str:
    """Return what a filter looks for words in."""
    labels = (f"{key}={value}" for key, value in host.labels.items())
    words = (host.name, host.address, host.user, host.zone, host.site, host.cluster or "free")
    return " ".join((*filter(None, words), *labels)).lower()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A host of the inventory, with the list that it was chosen for, if any."""

    host: Host
    role: str
    taken_by: str
    """The cluster that has it; empty for a host that can be chosen."""

    @property
    def searched(self) -> str:
        return searched(self.host)


def candidates(
    hosts: Iterable[Host],
    is_free: Callable[[Host], bool],
    typed: MultiDict[str, str],
    lists: Sequence[str],
) -> list[Candidate]:
    """Return the hosts that can be chosen, as people count, and behind them those of others."""
    chosen = {name: field for field in lists for name in typed.getlist(field)}
    rows = (
        Candidate(
            host,
            chosen.get(host.name, ""),
            "" if is_free(host) else host.cluster,
        )
        for host in hosts
    )
    return sorted(rows, key=lambda row: (bool(row.taken_by), natural(row.host.name)))


def with_lists(typed: MultiDict[str, str], lists: Sequence[str]) -> MultiDict[str, str]:
    """Return what was typed with the lists of hosts that it means, each in its order."""
    found = MultiDict(list(typed.items(multi=True)))
    for name, role in typed.items(multi=True):
        if name.startswith(ROLE) and role in lists:
            found.add(role, name.removeprefix(ROLE))
    places = {name: place for place, name in enumerate(first_hosts(typed))}
    for field in lists:
        hosts = found.getlist(field)
        found.setlist(field, sorted(hosts, key=lambda name: places.get(name, len(places))))
    return found


def first_hosts(typed: MultiDict[str, str]) -> list[str]:
    """Return the hosts that were told to come first."""
    return list(dict.fromkeys(typed.get(ORDER, "").replace(",", " ").split()))


def order_faults(typed: MultiDict[str, str], lists: Sequence[str]) -> list[str]:
    """Return what is wrong with the order: hosts that stand in none of the lists."""
    chosen = {name for field in lists for name in typed.getlist(field)}
    lost = [name[:63] for name in first_hosts(typed) if name not in chosen]
    if not lost:
        return []
    return [f"cannot put {', '.join(lost[:4])} first: give it a role, or leave it out of the order"]
