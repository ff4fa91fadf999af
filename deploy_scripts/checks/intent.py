"""What a change wants of its hosts, as far as preflight judges them by it. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from deploy_scripts.fleet.marks import Mark

CLUSTERED = frozenset({"control-plane", "worker"})
"""Roles of hosts that are nodes already."""


@dataclass(frozen=True, slots=True)
class Intent:
    """The nodes that shall be, and for whom."""

    roles: Mapping[str, str]
    policy: str
    addresses: Mapping[str, str] = field(default_factory=dict)
    """The node addresses of all hosts that may belong to the cluster."""
    members: Collection[str] = ()
    """Hosts that are expected to be nodes already."""
    mark: Mark | None = None
    """Installation, cluster and job of the change; ``None`` where the caller does not tell."""
    channel: str = ""

    @property
    def seed(self) -> str:
        """The control plane node that the others join."""
        return next((name for name, role in self.roles.items() if role == "control-plane"), "")
