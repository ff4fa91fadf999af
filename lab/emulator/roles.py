"""The rules by which dqlite gives its members roles: 3 voters, 3 stand-bys, the rest spares."""

from lab.emulator.dqlite_wire import SPARE, STANDBY, VOTER, Member

VOTERS, STANDBYS = 3, 3
MIN_MEMBERS = 3


def has_majority(members: list[Member], online: set[str]) -> bool:
    voters = [member for member in members if member.role == VOTER]
    alive = [member for member in voters if member.address in online]
    return len(alive) * 2 > len(voters)


def adjusted(members: list[Member], online: set[str], leader: str) -> list[Member]:
    """The membership after the leader has carried out every change that is due."""
    current = members
    while (following := _one_change(current, online, leader)) is not None:
        current = following
    return current


def _one_change(members: list[Member], online: set[str], leader: str) -> list[Member] | None:
    if len(members) < MIN_MEMBERS:
        return _shrunk(members, leader)
    change = _voter_change(members, online, leader) or _standby_change(members, online)
    if change is None:
        return None
    address, role = change
    return [m._replace(role=role) if m.address == address else m for m in members]


def _shrunk(members: list[Member], leader: str) -> list[Member] | None:
    """With fewer than three members the leader alone votes."""
    wanted = [m._replace(role=VOTER if m.address == leader else SPARE) for m in members]
    return wanted if wanted != members else None


def _voter_change(members: list[Member], online: set[str], leader: str) -> tuple[str, int] | None:
    voters = [m for m in members if m.role == VOTER]
    alive = [m for m in voters if m.address in online]
    if len(alive) < VOTERS:
        candidate = _first(members, online, STANDBY) or _first(members, online, SPARE)
        if candidate:
            return candidate, VOTER
    if len(alive) > VOTERS:
        return next(m.address for m in alive if m.address != leader), SPARE
    dead = next((m.address for m in voters if m.address not in online), None)
    # Without a candidate the dead voter stays listed: fewer voters would not survive more.
    return (dead, SPARE) if dead and len(alive) >= VOTERS else None


def _standby_change(members: list[Member], online: set[str]) -> tuple[str, int] | None:
    standbys = [m for m in members if m.role == STANDBY]
    dead = next((m.address for m in standbys if m.address not in online), None)
    if dead:
        return dead, SPARE
    if len(standbys) < STANDBYS:
        candidate = _first(members, online, SPARE)
        return (candidate, STANDBY) if candidate else None
    return (standbys[-1].address, SPARE) if len(standbys) > STANDBYS else None


def _first(members: list[Member], online: set[str], role: int) -> str | None:
    found = (m.address for m in members if m.role == role and m.address in online)
    return next(found, None)
