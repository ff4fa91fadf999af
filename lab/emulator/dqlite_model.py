"""The service daemon-k8s-dqlite where dqlite is emulated: it speaks dqlite's wire protocol.

The membership lies in the lab's world, but nobody leads who cannot reach a majority of its voters
over the lab network, so partitions and dead hosts count.
"""

import random
import socket
import threading
import time
from contextlib import suppress

from lab.emulator import (
    datastore,
    dqlite_wire,
    faults,
    files,
    host,
    listener,
    membership,
    objects,
    reconfiguration,
    roles,
    service_log,
    services,
)
from lab.emulator import shared_membership as shared
from lab.emulator.dqlite_wire import SPARE, VOTER, Member, Unreachable
from lab.emulator.log_keeper import LogKeeper
from lab.emulator.node_store import NodeStore

PROBE = 255
PROBE_SECONDS = 0.7
JOIN_SECONDS = 30.0


class DqliteModel:
    """One emulated dqlite server."""

    def __init__(self) -> None:
        start = datastore.prepare()
        self.address = start.address
        self._shared = reconfiguration.shared_membership()
        self._ended = threading.Event()
        self._online: set[str] = set()
        self._store = NodeStore()
        self._log = LogKeeper()
        if not start.cluster:
            self._bootstrap()
        name, port = dqlite_wire.split(self.address)
        self._port = listener.Listener(name, port, self._serve)
        self._kine = datastore.open_kine_socket()
        if start.cluster:
            threading.Thread(target=self._join, args=(start,), daemon=True).start()
        start.consumed()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def alive(self) -> bool:
        return not self._ended.is_set()

    def stop(self, graceful: bool = True) -> None:
        if graceful and self._is_leader():
            self._hand_over()
        self._ended.set()
        self._port.close()
        self._kine.close()
        # It may be writing this node's files just now, and a join clears them right after this.
        self._watcher.join()
        if graceful:
            self._log.close()

    def _bootstrap(self) -> None:
        """Make the membership of a fresh datastore, or move a lone member to its new address.

        One that was struck off while it was away is none any more, whatever its own file lists.
        """
        stored = membership.stored()
        own = next((m.id for m in stored if m.address == self.address), membership.BOOTSTRAP_ID)
        with files.edited_json(self._shared, {}) as value:
            known = shared.members(value)
            is_listed = self.address in [m.address for m in known]
            if not is_listed and {m.id for m in known} <= {own}:
                alone = Member(membership.BOOTSTRAP_ID, self.address, VOTER)
                shared.change(value, stored or [alone])
                value["leader"] = self.address
        self._remember()

    def _join(self, start: datastore.Start) -> None:
        """Become a spare as soon as a leader takes this member in."""
        own = Member(random.getrandbits(63) | 1 << 62, self.address, SPARE)
        _write_info(own)
        deadline = time.monotonic() + JOIN_SECONDS
        while not self._ended.is_set() and time.monotonic() < deadline:
            with suppress(membership.NoLeader, Unreachable):
                leader = membership.find_leader(list(start.cluster))
                body = dqlite_wire.numbers(own.id) + dqlite_wire.text(own.address)
                dqlite_wire.ask(leader, dqlite_wire.ADD, body, membership.timeout())
                self._remember()
                return
            time.sleep(0.05)
        service_log.write(services.DQLITE, f"Failed to join {', '.join(start.cluster)}")

    def _serve(self, connection: socket.socket, _peer: str) -> None:
        dqlite_wire.read_handshake(connection)
        kind, body = dqlite_wire.receive(connection)
        try:
            answer, data = self._answer(kind, body)
        except Unreachable as error:
            answer = dqlite_wire.FAILURE
            data = dqlite_wire.numbers(1) + dqlite_wire.text(str(error))
        dqlite_wire.send(connection, answer, data)

    def _answer(self, kind: int, body: bytes) -> tuple[int, bytes]:
        if kind == dqlite_wire.LEADER:
            leader = self._known_leader()
            member_id = next((m.id for m in self._members() if m.address == leader), 0)
            return dqlite_wire.NODE, dqlite_wire.numbers(member_id) + dqlite_wire.text(leader)
        if kind == dqlite_wire.CLUSTER:
            return dqlite_wire.NODES, _encoded(self._members())
        if kind == dqlite_wire.DESCRIBE:
            return dqlite_wire.METADATA, dqlite_wire.numbers(1, 0)
        if kind in (PROBE, dqlite_wire.WEIGHT):
            return dqlite_wire.EMPTY, b""
        if not self._is_leader():
            raise Unreachable("not leader")
        if kind == dqlite_wire.ADD:
            address, _ = dqlite_wire.text_at(body, 8)
            self._add(Member(dqlite_wire.number_at(body, 0), address, SPARE))
        elif kind == dqlite_wire.REMOVE:
            self._remove(dqlite_wire.number_at(body, 0))
        else:
            raise Unreachable(f"unrecognized request type {kind}")
        return dqlite_wire.EMPTY, b""

    def _add(self, member: Member) -> None:
        with files.edited_json(self._shared, {}) as value:
            others = [m for m in shared.members(value) if m.address != member.address]
            shared.change(value, [*others, member])

    def _remove(self, member_id: int) -> None:
        with files.edited_json(self._shared, {}) as value:
            kept = [m for m in shared.members(value) if m.id != member_id]
            if not kept:
                raise Unreachable("cannot remove the only member")
            shared.change(value, kept)

    def _members(self) -> list[Member]:
        return shared.members(files.read_json(self._shared, {}))

    def _is_leader(self) -> bool:
        value = files.read_json(self._shared, {})
        reachable = self._online | {self.address}
        return value.get("leader") == self.address and roles.has_majority(
            shared.members(value), reachable
        )

    def _known_leader(self) -> str:
        leader = str(files.read_json(self._shared, {}).get("leader", ""))
        if leader == self.address:
            return leader if self._is_leader() else ""
        return leader if leader in self._online else ""

    def _watch(self) -> None:
        """Probe the other members, elect where there is no leader, adjust roles where it leads."""
        pause = host.this_host().choose(0.2, 0.5, 2.0)
        adjust_after = host.this_host().choose(1.0, 5.0, 30.0)
        adjusted_at = 0.0
        while not self._ended.is_set():
            self._online = self._probe_all()
            if not self._is_leader():
                self._elect()
            elif time.monotonic() - adjusted_at > adjust_after:
                adjusted_at = time.monotonic()
                self._adjust_roles()
            self._replicate()
            self._remember()
            self._ended.wait(pause)

    def _probe_all(self) -> set[str]:
        found: set[str] = {self.address}
        others = [m.address for m in self._members() if m.address != self.address]

        def probe(address: str) -> None:
            with suppress(Unreachable):
                dqlite_wire.ask(address, PROBE, b"", PROBE_SECONDS)
                found.add(address)

        threads = [threading.Thread(target=probe, args=(a,), daemon=True) for a in others]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PROBE_SECONDS * 2)
        return set(found)

    def _elect(self) -> None:
        """Take the lead as the first voter that reaches a majority and no leader."""
        value = files.read_json(self._shared, {})
        voters = [m for m in shared.members(value) if m.role == VOTER and m.address in self._online]
        is_first = bool(voters) and voters[0].address == self.address
        leader_is_gone = value.get("leader") not in self._online
        if is_first and leader_is_gone and roles.has_majority(shared.members(value), self._online):
            with files.edited_json(self._shared, {}) as changed:
                shared.lead(changed, self.address)

    def _adjust_roles(self) -> None:
        if any(f["action"] == "slow-promotion" for f in faults.take(["dqlite", "roles"])):
            return
        with files.edited_json(self._shared, {}) as value:
            shared.change(value, roles.adjusted(shared.members(value), self._online, self.address))

    def _hand_over(self) -> None:
        with files.edited_json(self._shared, {}) as value:
            voters = [m for m in shared.members(value) if m.role == VOTER]
            others = [m for m in voters if m.address in self._online - {self.address}]
            if others and roles.has_majority(voters, self._online - {self.address}):
                shared.lead(value, others[0].address)

    def _replicate(self) -> None:
        """Have this node's log follow its leader's, which grows with what Kubernetes writes."""
        value = files.read_json(self._shared, {})
        stamp = objects.written_at(objects.own_cluster_id())
        if value.get("objects") != stamp and self._is_leader():
            with files.edited_json(self._shared, {}) as value:
                value["objects"] = stamp
                shared.append(value)
        role = next((m.role for m in shared.members(value) if m.address == self.address), SPARE)
        # A spare holds no data; one that was a voter keeps what it had.
        if role != SPARE and self._known_leader():
            self._log.follow(shared.log(value))

    def _remember(self) -> None:
        """Rewrite this node's own files from what the leader knows, where that is due."""
        members = self._members()
        own = next((m for m in members if m.address == self.address), None)
        # Only with a leader in reach: the files of a node that is cut off become stale.
        if own and self._store.is_due() and self._known_leader():
            self._store.write(members)
            with suppress(OSError):
                _write_info(own)


def _encoded(members: list[Member]) -> bytes:
    body = dqlite_wire.numbers(len(members))
    for member in members:
        body += dqlite_wire.numbers(member.id) + dqlite_wire.text(member.address)
        body += dqlite_wire.numbers(member.role)
    return body


def _write_info(own: Member) -> None:
    text = f"Address: {own.address}\nID: {own.id}\nRole: {own.role}\n"
    files.write(datastore.INFO, text)
