"""Who somebody in a chat is here: the name and the roles that the rule file gives; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from cluster.spec import Environment
from workflows.access import TAKES_IN, Grant, Permission, Principal, Via, allowed
from workflows.roles import EVERYWHERE, ROLES, Role, spelled_out

CHATS = frozenset({"discord", "mattermost", "slack", "teams"})
"""The kinds of senders by which people write."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the rule file knows."""

    name: str
    roles: frozenset[Role]
    clusters: str = "*"
    """A pattern of names, as shells have them: ``test-*``."""
    environments: frozenset[Environment] = EVERYWHERE

    def grants(self, within: frozenset[Environment]) -> tuple[Grant, ...]:
        """Return what they may do, in environments that the source may change."""
        return spelled_out(sorted(self.roles), self.clusters, self.environments & within)

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "roles": sorted(map(str, self.roles)),
            "clusters": self.clusters,
            "environments": sorted(map(str, self.environments)),
        }


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a source may ask for at most, whoever asks by it."""

    source: str
    clusters: str
    environments: frozenset[Environment]
    kinds: frozenset[str]


class OutOfBounds(Exception):
    """What is asked for is not for this chat, whoever asks."""


def require_bounds(bounds: Bounds, cluster: str, kind: str = "") -> None:
    """Raise ``OutOfBounds`` for clusters and kinds of change that are not for a source."""
    if not fnmatchcase(cluster, bounds.clusters):
        raise OutOfBounds(
            f"cannot do this here: source {bounds.source} is for clusters {bounds.clusters}, and "
            f"not for {cluster}; ask whoever runs Clusterwright to widen it"
        )
    if kind and kind not in bounds.kinds:
        raise OutOfBounds(
            f"cannot do this here: source {bounds.source} is for {', '.join(sorted(bounds.kinds))}"
            f", and not for {kind}; ask whoever runs Clusterwright to widen it"
        )


def principal_of(bounds: Bounds, person: Person | None) -> Principal:
    """Return who asks; somebody who is not known may look, and nothing else."""
    source = bounds.source
    if person is None:
        looks = (Grant(Permission.READ, bounds.clusters, bounds.environments),)
        return Principal(f"chat:{source}", "", Via.CHAT, looks)
    name = f"chat:{source}:{person.name}"
    return Principal(name, person.name, Via.CHAT, person.grants(bounds.environments))


def roles_for(need: Permission, environment: Environment | None) -> list[Role]:
    """Return the roles that have a permission, the smallest first."""
    return [
        role
        for role, held in ROLES.items()
        if any(
            (need is permission or need in TAKES_IN[permission])
            and (environment is None or environment in where)
            for permission, where in held.items()
        )
    ]


def lacking(
    by: Principal,
    need: Permission,
    cluster: str | None,
    environment: Environment | None,
    people: Iterable[Person],
    within: frozenset[Environment],
) -> str:
    """Say which role somebody lacks, and who of the chat has it."""
    roles = [str(role) for role in roles_for(need, environment)]
    on = f"on cluster {cluster}" if cluster else "on all clusters"
    having = sorted({one.name for one in people if _may(one, need, cluster, environment, within)})
    who = f"{', '.join(having)} may do it" if having else "nobody of this chat may do it"
    has = f", which {by.name} does not have there" if by.name else ""
    return (
        f"cannot do this: it needs the role {' or '.join(roles)} {on}{has}; {who}, so ask them"
        if having
        else f"cannot do this: it needs the role {' or '.join(roles)} {on}{has}; {who}, so ask "
        "whoever runs Clusterwright"
    )


def _may(
    person: Person,
    need: Permission,
    cluster: str | None,
    environment: Environment | None,
    within: frozenset[Environment],
) -> bool:
    of_them = Principal(grants=person.grants(within))
    return allowed(of_them, need, cluster=cluster, environment=environment)


def stranger(identity: str, people: Mapping[str, Person]) -> str:
    """Say that somebody is not known, and how they would be."""
    names = sorted({person.name for person in people.values()})
    ask = f"; {', '.join(names[:5])} may ask for more" if names else ""
    return (
        f"cannot do this: nobody here is known as {identity}, who may ask for status and help "
        f"only{ask}; whoever runs Clusterwright can name you under people in the rule file"
    )
