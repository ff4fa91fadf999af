"""How dqlite moves roles: its leader looks every 30 s and repeats until nothing is left to change.

Source: go-dqlite ``app/roles.go`` (``RolesChanges.Adjust`` and ``Handover``). The weights that it
knows as well are all equal in MicroK8s. Where it leaves the choice open, the first candidate is
promoted and the last surplus voter demoted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cluster.quorum.members import STANDBYS, VOTERS, DqliteRole, Member, count

VOTER, STANDBY, SPARE = DqliteRole.VOTER, DqliteRole.STANDBY, DqliteRole.SPARE
Change = tuple[Member, DqliteRole]
"""Who gets which role next."""


def settle(members: Sequence[Member]) -> tuple[Member, ...]:
    """Return the roles after dqlite's leader has run its role cycle to the end.

    Without quorum there is no leader, so nothing moves.
    """
    *_, settled = states_until_settled(members)
    return settled


def states_until_settled(
    members: Sequence[Member], favoured: str = ""
) -> Iterator[tuple[Member, ...]]:
    """Yield the members as they are, and after each change of a role until none is due.

    ``favoured`` is a host that gets a vote, or keeps it, ahead of others: dqlite may choose so
    wherever it has a choice, and who stops a member has to reckon with that.
    """
    now = tuple(members)
    yield now
    if not count(now).has_quorum:
        return
    while (change := _next_change(now, favoured)) is not None:
        changed, role = change
        now = tuple(replace(m, role=role) if m is changed else m for m in now)
        yield now


def is_settled(members: Sequence[Member]) -> bool:
    """True when dqlite has no role left to change and every member is alive."""
    return all(member.alive for member in members) and settle(members) == tuple(members)


def expected_members(hosts: Sequence[str]) -> tuple[Member, ...]:
    """Return the members that these hosts become that joined one after the other, all alive."""
    first = tuple(Member(host, VOTER, is_leader=True) for host in hosts[:1])
    return settle([*first, *(Member(host, SPARE) for host in hosts[1:])])


def handed_over(members: Sequence[Member], host: str) -> tuple[Member, ...]:
    """Return the members once ``host`` has given its vote, or its place as stand-by, to another.

    That is what a member does that is stopped gracefully, if another can take its role.
    """
    leaver = next((m for m in members if m.host == host and m.alive and m.role is not SPARE), None)
    if leaver is None:
        return tuple(members)
    others = [member for member in members if member is not leaver]
    roles = (STANDBY, SPARE) if leaver.role is VOTER else (SPARE,)
    candidates = [member for role in roles for member in _alive(others, role)]
    if not candidates:
        return tuple(members)
    heir = _preferred(candidates, _alive(others, leaver.role), favoured="")

    def role_of(member: Member) -> DqliteRole:
        return SPARE if member is leaver else leaver.role if member is heir else member.role

    return tuple(replace(member, role=role_of(member)) for member in members)


def _next_change(members: Sequence[Member], favoured: str) -> Change | None:
    """Return the first change that dqlite's leader would order, in its order of rules.

    A rule that is due and finds no candidate ends the cycle; those after it are not tried.
    """
    if len(members) < VOTERS:
        return _beside_the_leader(members, favoured)
    voters, standbys = _alive(members, VOTER), _alive(members, STANDBY)
    spares = _alive(members, SPARE)
    if spread := _into_other_domains(voters, [*standbys, *spares]):
        return _preferred(spread, (), favoured), VOTER
    if len(voters) < VOTERS:
        return _promotion([*standbys, *spares], voters, favoured, VOTER)
    if len(voters) > VOTERS:
        return _surplus(voters, _leader(members)), SPARE
    if dead := _dead(members, VOTER):
        return dead[0], SPARE
    if len(standbys) < STANDBYS:
        return _promotion(spares, standbys, favoured, STANDBY)
    if len(standbys) > STANDBYS:
        return standbys[-1], SPARE
    dead = _dead(members, STANDBY)
    return (dead[0], SPARE) if dead else None


def _beside_the_leader(members: Sequence[Member], favoured: str) -> Change | None:
    """Below three members only the leader keeps its vote; any voter may have been elected."""
    voters = [member for member in members if member.role is VOTER]
    leader = next((m for m in voters if m.host == favoured and m.alive), _leader(members))
    return next(((other, SPARE) for other in voters if other is not leader), None)


def _leader(members: Sequence[Member]) -> Member | None:
    """Return the voter that leads, or would be elected."""
    voters = _alive(members, VOTER)
    return next((m for m in voters if m.is_leader), voters[0] if voters else None)


def _into_other_domains(voters: list[Member], candidates: list[Member]) -> list[Member]:
    """Return who may get a vote since its domain has no voter, while another has several."""
    with_voter = {member.domain for member in voters}
    if len(with_voter) == len(voters):
        return []
    return [member for member in candidates if member.domain not in with_voter]


def _promotion(
    candidates: list[Member], peers: list[Member], favoured: str, role: DqliteRole
) -> Change | None:
    return (_preferred(candidates, peers, favoured), role) if candidates else None


def _preferred(candidates: Sequence[Member], peers: Sequence[Member], favoured: str) -> Member:
    """Return the candidate in a domain that no peer is in, or the first."""
    taken = {member.domain for member in peers}
    return min(candidates, key=lambda m: (m.host != favoured, m.domain in taken))


def _surplus(voters: list[Member], leader: Member | None) -> Member:
    """Return who loses its vote: never the leader, and rather one that shares its domain."""
    domains = [member.domain for member in voters]
    others = [member for member in reversed(voters) if member is not leader]
    return max(others, key=lambda member: domains.count(member.domain) > 1)


def _alive(members: Sequence[Member], role: DqliteRole) -> list[Member]:
    return [member for member in members if member.role is role and member.alive]


def _dead(members: Sequence[Member], role: DqliteRole) -> list[Member]:
    return [member for member in members if member.role is role and not member.alive]
