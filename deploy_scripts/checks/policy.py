"""What each policy asks of a host's hardware: refused below the least, warned below the wanted.

A machine reports less memory and disk than it is sold with, so the limits lie a little lower.
"""

from dataclasses import dataclass, replace

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Limit:
    """The least that is accepted, and what is wanted."""

    least: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Policy:
    """The hardware that a node needs; memory and disk in bytes, the link in Mbit/s."""

    cpus: Limit
    memory: Limit
    disk: Limit
    link: int


LAB = Policy(
    cpus=Limit(2, 2),
    memory=Limit(int(1.7 * GIB), int(3.7 * GIB)),
    disk=Limit(19 * GIB, 38 * GIB),
    link=100,
)
STANDARD = Policy(
    cpus=Limit(2, 4),
    memory=Limit(int(3.7 * GIB), int(7.5 * GIB)),
    disk=Limit(38 * GIB, 38 * GIB),
    link=1000,
)
PRODUCTION = Policy(
    cpus=Limit(2, 8),
    memory=Limit(int(3.7 * GIB), 15 * GIB),
    disk=Limit(38 * GIB, 230 * GIB),
    link=10_000,
)
POLICIES = {"lab": LAB, "standard": STANDARD, "production": PRODUCTION}


def policy_for(name: str, role: str) -> Policy:
    """Return a policy as it applies to a role: a worker keeps no datastore on its disk."""
    policy = POLICIES[name]
    if role != "worker":
        return policy
    return replace(policy, disk=Limit(LAB.disk.least, policy.disk.wanted))
