"""Words of titles and arguments."""

from collections.abc import Mapping, Sequence
from typing import Any

from cluster.spec import Role


def counted(hosts: Sequence[str] | Mapping[str, Any]) -> str:
    """Return hosts for a title: by name while they are few."""
    return ", ".join(hosts) if len(hosts) <= 4 else f"{len(hosts)} hosts"


def words_of(roles: Mapping[str, Role]) -> dict[str, str]:
    return {host: str(role) for host, role in roles.items()}
