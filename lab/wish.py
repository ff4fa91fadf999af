"""What somebody wants of a new lab, checked before anything is started."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from lab import state
from lab.errors import CannotStart
from lab.setup import Setup

_MOST_HOSTS = 240


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a new lab."""

    name: str
    hosts: tuple[str, ...]
    durations: str
    dqlite: str
    ssh: str
    cpus: Mapping[str, int]
    memory_gib: Mapping[str, int]
    disk_gib: int
    setup: Setup


def host_names(hosts: int | Iterable[str]) -> tuple[str, ...]:
    """Turn a number into n1, n2, ..., and refuse names that cannot live together."""
    names = tuple(f"n{i}" for i in range(1, hosts + 1)) if isinstance(hosts, int) else tuple(hosts)
    if not 1 <= len(names) <= _MOST_HOSTS:
        raise CannotStart(
            f"cannot start a lab of {len(names)} hosts: 1 to {_MOST_HOSTS} are possible"
        )
    if len(set(names)) != len(names) or "outside" in names:
        raise CannotStart(f"cannot start a lab of {', '.join(names)}: every name must differ")
    for name in names:
        state.check_name(name)
    return names


def per_host(wish: int | Mapping[str, int], names: Sequence[str], default: int) -> dict[str, int]:
    """Turn one number for all hosts, or numbers for some, into one for each."""
    if isinstance(wish, int):
        return dict.fromkeys(names, wish)
    unknown = set(wish) - set(names)
    if unknown:
        raise CannotStart(f"cannot start the lab: no host is called {', '.join(sorted(unknown))}")
    return {name: wish.get(name, default) for name in names}
