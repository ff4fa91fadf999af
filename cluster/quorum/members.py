"""Members of the datastore, and the counts on which its quorum stands.

MicroK8s compiles in three voters and three stand-bys; every further control plane node is a spare.
Below three members nothing is promoted: one voter, the other a spare.
So five control plane nodes survive one voter lost at once, not two (the guide's (n-1)/2 says two).
Source: go-dqlite ``app/roles.go`` and k8s-dqlite, which sets no other targets.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

VOTERS = 3
"""How many dqlite keeps; below as many members there is one."""
STANDBYS = 3
DEFAULT_DOMAIN = 1
"""The failure domain that MicroK8s gives every node, in ``args/ha-conf``, until somebody changes it
there and starts MicroK8s anew."""


class DqliteRole(StrEnum):
    """A control plane node's role in the datastore, in dqlite's own words."""

    VOTER = "voter"
    STANDBY = "stand-by"
    SPARE = "spare"


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of the datastore's member list."""

    host: str
    role: DqliteRole
    alive: bool = True
    domain: int = DEFAULT_DOMAIN
    """Its failure domain; voters are spread over them."""
    is_leader: bool = False
    """Whether it is known to lead; where nobody is, the first voter that is alive is taken for it.
    """


@dataclass(frozen=True, slots=True)
class Quorum:
    """How a member list stands."""

    members: int
    voters: int
    voters_alive: int
    standbys: int
    spares: int
    has_leader: bool = True
    """Without a leader the members come from a file that may be old: nothing can rest on them."""

    @property
    def majority(self) -> int:
        """Voters that must be alive for the datastore to accept a write."""
        return self.voters // 2 + 1

    @property
    def has_quorum(self) -> bool:
        return self.has_leader and self.voters > 0 and self.voters_alive >= self.majority

    @property
    def tolerance(self) -> int:
        """Voters that may be lost at once without losing quorum; -1 when it is lost already."""
        spare = self.voters_alive - self.majority
        return max(spare, -1) if self.voters and self.has_leader else -1

    @property
    def ha(self) -> bool:
        """Highly available: three voters or more alive, whatever MicroK8s' flag says."""
        return self.has_leader and self.voters_alive >= VOTERS

    def as_dict(self) -> dict[str, int | bool]:
        return {
            "members": self.members,
            "voters": self.voters,
            "voters_alive": self.voters_alive,
            "standbys": self.standbys,
            "spares": self.spares,
            "majority": self.majority,
            "tolerance": self.tolerance,
            "quorum": self.has_quorum,
            "ha": self.ha,
            "has_leader": self.has_leader,
        }


def count(members: Iterable[Member], *, has_leader: bool = True) -> Quorum:
    """Count voters, those alive, stand-bys and spares of a member list.

    ``has_leader`` says whether a leader told the list; planned ones have one.
    """
    listed = tuple(members)
    voters = [member for member in listed if member.role is DqliteRole.VOTER]
    return Quorum(
        members=len(listed),
        voters=len(voters),
        voters_alive=sum(member.alive for member in voters),
        standbys=sum(member.role is DqliteRole.STANDBY for member in listed),
        spares=sum(member.role is DqliteRole.SPARE for member in listed),
        has_leader=has_leader,
    )


def expected(members: int) -> Quorum:
    """Return what dqlite settles on for so many control plane nodes, all alive."""
    voters = VOTERS if members >= VOTERS else min(members, 1)
    standbys = min(max(members - VOTERS, 0), STANDBYS)
    return Quorum(members, voters, voters, standbys, members - voters - standbys)
