"""`microk8s leave`."""

import os
import time

from lab.emulator import (
    control,
    dqlite_wire,
    host,
    journal,
    layout,
    locks,
    membership,
    objects,
    services,
    terminal,
)
from lab.emulator.commands import microk8s
from lab.emulator.dqlite_wire import VOTER, Member

NOT_A_NODE = "This MicroK8s deployment is not acting as a node in a cluster."
ONLY_COPY = """\
This node currently holds the only copy of the Kubernetes database so it cannot leave the cluster.
To remove this node you can either first remove all other nodes with 'microk8s remove-node' or
form a highly available cluster by adding at least three nodes."""
LEADER_SECONDS = 20.0
START_SECONDS = 60.0


def run(_verb: str, _words: list[str]) -> None:
    if os.getuid():
        terminal.fail("Elevated permissions are needed for this command. Please use sudo.")
    microk8s.require_running()
    if not locks.exists(locks.NO_CERT_REISSUE):
        terminal.leave_with(1, NOT_A_NODE)
    if locks.is_worker():
        _leave_as_worker()
    else:
        _leave_as_control_plane()


def _leave_as_worker() -> None:
    if not locks.exists(locks.NO_DQLITE):
        terminal.leave_with(2, "Not in clustering mode.")
    terminal.out("Configuring services.")
    _begin_anew()
    journal.effect("worker-left")


def _leave_as_control_plane() -> None:
    own = membership.own_address()
    # Without a leader this raises, and the wrapper ends in a traceback as MicroK8s' does.
    members = membership.members()
    others = [member for member in members if member.address != own]
    voters = [member.address for member in members if member.role == VOTER]
    if others and voters == [own]:
        terminal.leave_with(3, ONLY_COPY)
    control.ask("stop", [services.KUBELITE, services.DQLITE, services.AGENT])
    host.work("leave")
    if others:
        _remove(own, others)
    _begin_anew()
    journal.effect("left", address=own)


def _remove(own: str, others: list[Member]) -> None:
    """Have the others forget this node; failing that, leave it stopped, as MicroK8s does."""
    deadline = time.monotonic() + LEADER_SECONDS
    while True:
        try:
            leader = membership.find_leader([member.address for member in others])
            seen = dqlite_wire.members_seen_by(leader, membership.timeout())
            for member in seen:
                if member.address == own:
                    dqlite_wire.remove(leader, member.id, membership.timeout() * 5)
        except (membership.NoLeader, dqlite_wire.Unreachable) as error:
            if time.monotonic() > deadline:
                terminal.out(f"Contacting node {others[0].address} failed. Error:")
                terminal.leave_with(2, repr(error))
            time.sleep(0.1)
        else:
            return


def _begin_anew() -> None:
    """Make the node a fresh cluster of its own: its data is gone."""
    previous = objects.own_cluster_id()
    terminal.out("Generating new cluster certificates.")
    control.ask("stop", list(services.ALL))
    objects.Lease(previous).end(host.hostname())
    for name in (locks.CLUSTERED, locks.NO_DQLITE, locks.NO_CERT_REISSUE, locks.JOINING):
        locks.clear(name)
    locks.put(locks.NO_APISERVER_PROXY)
    layout.restore_default_arguments()
    layout.renew_identity()
    layout.start_fresh_datastore()
    terminal.out("Waiting for node to start.", "")
    control.ask("start", list(services.ALL))
    _wait_for_datastore()
    terminal.out("  ")


def _wait_for_datastore() -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            membership.leader()
        except membership.NoLeader:
            terminal.dot()
            time.sleep(host.poll_interval(5.0))
        else:
            return
