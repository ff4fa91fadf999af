"""The dqlite membership as this host can learn it: from its own store, then from the leader."""

import time

from lab.emulator import dqlite_wire, files, host, paths
from lab.emulator.dqlite_wire import Member, Unreachable

BOOTSTRAP_ID = 3297041220608546238
PORT = 19001


class NoLeader(Exception):
    """No member that can be reached knows a dqlite leader that answers."""


def timeout() -> float:
    """Seconds for one request, 2 in MicroK8s."""
    return host.this_host().choose(1.0, 2.0, 2.0)


def stored(backend: str = paths.BACKEND) -> list[Member]:
    """The members in `cluster.yaml`: what this node last saw, perhaps stale."""
    return parse(files.read(f"{backend}/cluster.yaml"))


def own_address(backend: str = paths.BACKEND) -> str:
    own = parse("- " + files.read(f"{backend}/info.yaml").replace("\n", "\n  "))
    return own[0].address if own else ""


def parse(text: str) -> list[Member]:
    """Read the little YAML of `cluster.yaml`; the order of keys varies."""
    entries: list[dict[str, str]] = []
    for line in text.splitlines():
        key, separator, value = line.lstrip("- ").partition(":")
        if line.startswith("-"):
            entries.append({})
        if separator and entries:
            entries[-1][key.strip()] = value.strip()
    return [
        Member(int(entry.get("ID", 0)), entry["Address"], int(entry.get("Role", 0)))
        for entry in entries
        if "Address" in entry
    ]


def render(members: list[Member]) -> str:
    entries = (f"- ID: {m.id}\n  Address: {m.address}\n  Role: {m.role}\n" for m in members)
    return "".join(entries)


def find_leader(addresses: list[str]) -> str:
    """Ask one server after the other for a leader, and let the leader itself confirm."""
    for address in addresses:
        try:
            leader = dqlite_wire.leader_seen_by(address, timeout())
            if leader == address:
                return leader
            if leader and dqlite_wire.leader_seen_by(leader, timeout()) == leader:
                return leader
        except Unreachable:
            continue
    raise NoLeader("no available dqlite leader server found")


def leader() -> str:
    """The leader's address, asked from this node first and then from the other members."""
    own = own_address()
    others = [member.address for member in stored() if member.address != own]
    return find_leader(([own] if own else []) + others)


def has_leader() -> bool:
    try:
        leader()
    except NoLeader:
        return False
    return True


def members() -> list[Member]:
    """The membership as the leader has it."""
    try:
        return dqlite_wire.members_seen_by(leader(), timeout())
    except Unreachable as error:
        raise NoLeader(str(error)) from error


def members_with_patience(tries: int = 10) -> list[Member]:
    """The membership, or an empty list after as many tries as the wrappers make."""
    for _ in range(int(host.this_host().choose(2, 3, tries))):
        try:
            return members()
        except NoLeader:
            time.sleep(host.poll_interval(2.0))
    return []
