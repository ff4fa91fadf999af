"""The roles of tokens: each is spelled out into grants, which are all that is asked later; pure.

What a token may do is settled when it is made: a later version may say otherwise of a role, and
changes no token that there is.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from cluster.spec import Environment
from workflows.access import TAKES_IN, Grant, Permission

EVERYWHERE = frozenset(Environment)
NOT_PROD = EVERYWHERE - {Environment.PROD}


class Role(StrEnum):
    """What a token is for, in one word."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"


ROLES: Mapping[Role, Mapping[Permission, frozenset[Environment]]] = {
    Role.VIEWER: {Permission.READ: EVERYWHERE},
    # A cluster in production is ended by an admin only.
    Role.OPERATOR: {Permission.CHANGE: EVERYWHERE, Permission.DESTROY: NOT_PROD},
    Role.APPROVER: {Permission.APPROVE: EVERYWHERE},
    Role.ADMIN: dict.fromkeys(Permission, EVERYWHERE),
}
"""What each role is granted, and in which environments; ``TAKES_IN`` says what that takes in."""


def spelled_out(
    roles: Iterable[Role],
    clusters: str = "*",
    environments: frozenset[Environment] = EVERYWHERE,
) -> tuple[Grant, ...]:
    """Return the grants of these roles, on clusters of these names and environments only.

    What a role has in other environments alone is left out.
    """
    held: dict[Permission, frozenset[Environment]] = {}
    for role in roles:
        for permission, where in ROLES[role].items():
            held[permission] = held.get(permission, frozenset()) | (where & environments)
    return tuple(
        Grant(permission, clusters, held[permission])
        for permission in Permission
        if held.get(permission)
    )


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """Return the roles that give a permission, in some environment at least."""
    return tuple(
        role
        for role, granted in ROLES.items()
        if any(permission is each or permission in TAKES_IN[each] for each in granted)
    )


def beyond(held: Iterable[Grant], wanted: Iterable[Grant]) -> Permission | None:
    """Return a permission that is wanted and goes beyond what is held; ``None`` if all is held.

    Patterns of names are not reckoned with: one is held by the same pattern, or by ``*``.
    """
    having = tuple(held)
    for grant in wanted:
        for permission in (grant.permission, *sorted(TAKES_IN[grant.permission])):
            where = frozenset[Environment]().union(
                *(
                    each.environments
                    for each in having
                    if each.gives(permission) and each.clusters in ("*", grant.clusters)
                )
            )
            if not grant.environments <= where:
                return permission
    return None
