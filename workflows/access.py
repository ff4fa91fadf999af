"""Who asks, by which way, what is granted to them, and under which name for the request; pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from cluster.spec import Environment


class Permission(StrEnum):
    """What somebody may do."""

    READ = "read"  # look at what there is
    PLAN = "plan"  # have a change planned, which changes nothing
    CHANGE = "change"  # have one carried out, and ask things of its job
    DESTROY = "destroy"  # have one carried out that ends a cluster, or its objects
    APPROVE = "approve"  # agree, or not, to what somebody else has asked for
    ADMIN = "admin"  # say which hosts there are, and how they are reached


TAKES_IN: Mapping[Permission, frozenset[Permission]] = {
    Permission.READ: frozenset(),
    Permission.PLAN: frozenset({Permission.READ}),
    Permission.CHANGE: frozenset({Permission.PLAN, Permission.READ}),
    Permission.DESTROY: frozenset({Permission.CHANGE, Permission.PLAN, Permission.READ}),
    Permission.APPROVE: frozenset({Permission.READ}),
    Permission.ADMIN: frozenset({Permission.READ}),
}
"""What else somebody may do who has a permission: who may change has to see what is there."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission, and the clusters that it is for."""

    permission: Permission
    clusters: str = "*"
    """A pattern of names, as shells have them: ``test-*``."""
    environments: frozenset[Environment] = frozenset(Environment)

    @property
    def is_for_all(self) -> bool:
        """Whether it is for every cluster that there is, or will be."""
        return self.clusters == "*" and self.environments == frozenset(Environment)

    def covers(self, cluster: str, environment: Environment | None) -> bool:
        """Whether it is for this cluster; one that is not there yet has no environment."""
        fits = environment is None or environment in self.environments
        return fits and fnmatchcase(cluster, self.clusters)

    def gives(self, need: Permission) -> bool:
        return need is self.permission or need in TAKES_IN[self.permission]

    def as_dict(self) -> dict[str, Any]:
        environments = sorted(str(each) for each in self.environments)
        return {
            "permission": str(self.permission),
            "clusters": self.clusters,
            "environments": environments,
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Grant":
        """Return the grant that ``as_dict`` told; what is left out limits nothing."""
        environments = row.get("environments", list(Environment))
        return cls(
            Permission(row["permission"]),
            row.get("clusters", "*"),
            frozenset(map(Environment, environments)),
        )


EVERYTHING = tuple(map(Grant, Permission))
"""What is granted to a token that says nothing of grants."""


class Via(StrEnum):
    """The door through which somebody came."""

    TOKEN = "token"  # noqa: S105  # a word, no secret
    SESSION = "session"  # somebody who signed in on the page
    HOOK = "hook"  # somebody who tells of events
    CHAT = "chat"  # somebody who wrote in a chat
    SCHEDULE = "schedule"  # the time that somebody had set
    OIDC = "oidc"  # somebody whom an issuer of identities knows


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks; id and way stand in the record of a job and in its events."""

    id: str = ""
    """Of the token; empty where the product itself asks."""
    name: str = ""
    """Of the token, as whoever made it called it."""
    via: Via | None = None
    grants: tuple[Grant, ...] = ()
    behind: str = ""
    """The person for whom it asks, such as who has made a schedule; empty where it is nobody's."""
    owner: str = ""
    """The name of the person who has the token; empty for whoever it is called after."""
    maker: str = ""
    """The name of who has made the token, where they have not said that it is somebody else's."""

    @property
    def whose(self) -> str:
        """The name of the person who asks, as they or their token's maker wrote it."""
        return self.owner or self.name or self.id

    @property
    def person(self) -> str:
        """Who it is, whichever token they use: tokens of one owner are one person's.

        So a token that was rotated is still the same person's. Hooks are no persons, and a schedule
        asks for whoever has made it.
        """
        if self.behind:
            return self.behind
        is_person = self.whose and self.via not in {Via.HOOK, Via.SCHEDULE}
        return _person(self.whose) if is_person else self.id

    @property
    def people(self) -> frozenset[str]:
        """Who it may be: who has it, and who has made it and may have kept it."""
        return frozenset({self.person, _person(self.maker)} if self.maker else {self.person})


def _person(name: str) -> str:
    return f"person:{name.casefold()}"


NOBODY = Principal(grants=EVERYTHING)
"""The product itself, and tests."""


class Forbidden(Exception):
    """Who asks is known, and may not do this; nothing has happened.

    ``cluster`` is ``None`` for what is of no single cluster.
    """

    def __init__(self, by: Principal, need: Permission, cluster: str | None) -> None:
        self.need, self.cluster = need, cluster
        named = f" ({by.name})" if by.name else ""
        who = f"{by.id}{named}" if by.id.startswith("oidc:") else f"token {by.id}{named}"
        on = "on all clusters" if cluster is None else f"on cluster {cluster}"
        super().__init__(
            f"cannot do this: it needs the permission {need} {on}, which {who} does "
            "not have; use a token that has it, or ask whoever runs Clusterwright for it"
        )


def allowed(
    by: Principal, need: Permission, *, cluster: str | None, environment: Environment | None
) -> bool:
    """Whether somebody may do what needs a permission on a cluster.

    Without a ``cluster`` it is about all of them at once, such as their list, or about hosts:
    only a grant for all clusters is enough. Without an ``environment`` the cluster is not there
    yet, and what it is to be for is asked when that is known.
    """
    return any(
        grant.gives(need)
        and (grant.is_for_all if cluster is None else grant.covers(cluster, environment))
        for grant in by.grants
    )


def demand(
    by: Principal, need: Permission, *, cluster: str | None, environment: Environment | None
) -> None:
    """Raise ``Forbidden`` for who may not do this."""
    if not allowed(by, need, cluster=cluster, environment=environment):
        raise Forbidden(by, need, cluster)


KEY_SECONDS = 24 * 3600
"""How long a request is known by its name."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Names a request, so that it makes one job however often it is sent."""

    place: str
    """Where the ledger keeps it: one for each caller, path and key."""
    fingerprint: str
    """Of what is asked for: a key stands for one body."""
    seconds: float = KEY_SECONDS
    """How long it is kept, from when it has led to a job."""
    is_renewed: bool = False
    """Whether it is kept for so long from when it was last used, instead."""

    def as_dict(self) -> dict[str, Any]:
        kept = int(self.seconds * 1000)
        told = {"place": self.place, "fingerprint": self.fingerprint, "kept": kept}
        return told | {"renewed": self.is_renewed}


def request_key(by: str, path: str, key: str, body: str) -> RequestKey:
    """Return the key of a request with this body."""
    return RequestKey(_digest("\n".join((by, path, key))), _digest(body))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
