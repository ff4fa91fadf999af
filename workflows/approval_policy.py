"""Which changes need somebody's approval, by kind and by the cluster's environment; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cluster.spec import Environment
from workflows.plan import Kind, Lock

USUAL_HOURS = 24
MOST_HOURS = 720


class Asks(StrEnum):
    """When the policy asks for an approval at all."""

    OTHERS = "others"  # once there is somebody else who may approve
    ALWAYS = "always"  # also where nobody else may approve yet
    NEVER = "never"  # only where the change, or a rule, asks for an approval itself


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """What needs an approval, and within how many hours."""

    asks: Asks = Asks.OTHERS
    environments: frozenset[Environment] = frozenset({Environment.PROD})
    """Clusters that are for these are changed with an approval only."""
    final: bool = True
    """Whether kinds need one from which there is no way back."""
    kinds: frozenset[str] = frozenset()
    """Further kinds that need one, in every environment."""
    within: int = USUAL_HOURS
    """Hours in which somebody has to approve."""

    def why(self, kind: Kind, environment: Environment | None) -> str:
        """Return why a change needs an approval, in words that follow "because"; empty if not.

        What changes nothing never needs one. Without an ``environment`` there is no such cluster.
        """
        if self.asks is Asks.NEVER or kind.lock is Lock.NONE:
            return ""
        if environment in self.environments:
            return f"the cluster is for {environment}"
        if self.final and kind.is_final:
            return f"there is no way back from some of what {kind.name} does"
        return f"{kind.name} always needs it" if kind.name in self.kinds else ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "asks": str(self.asks),
            "environments": sorted(map(str, self.environments)),
            "final": self.final,
            "kinds": sorted(self.kinds),
            "within": self.within,
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "ApprovalPolicy":
        """Return the policy that ``as_dict`` told."""
        return cls(
            Asks(row["asks"]),
            frozenset(map(Environment, row["environments"])),
            bool(row["final"]),
            frozenset(row["kinds"]),
            int(row["within"]),
        )


BUILT_IN = ApprovalPolicy()
"""What holds while nobody has said otherwise."""
