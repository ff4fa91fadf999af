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


USAGE = "Usage: microk8s leave [OPTIONS]\n"
HELP = f"""{USAGE}
  The node will depart from the cluster it is in.

Options:
  -h, --help  Show this message and exit."""


def run(_verb: str, words: list[str]) -> None:
    microk8s.require_running()
    if os.getuid():
        terminal.fail("Elevated permissions are needed for this command. Please use sudo.")
    if not locks.exists(locks.NO_CERT_REISSUE):
        terminal.leave_with(1, NOT_A_NODE)
    _refuse_words(words)
    if locks.is_worker():
        _leave_as_worker()
    else:
        _leave_as_control_plane()


def _refuse_words(words: list[str]) -> None:
    if not words:
        return
    if words[0] in ("-h", "--help"):
        terminal.leave_with(0, HELP)
    problem = f"Got unexpected extra argument ({words[0]})"
    if words[0].startswith("-"):
        problem = f"No such option: {words[0].partition('=')[0]}"
    terminal.fail(f"{USAGE}Try 'microk8s leave -h' for help.\n\nError: {problem}", 2)


def _leave_as_worker() -> None:
    if not locks.exists(locks.NO_DQLITE):
        terminal.leave_with(2, "Not in clustering mode.")
    terminal.out("Configuring services.")
    _begin_anew()
    journal.effect("worker-left")


def _leave_as_control_plane() -> None:
    own = membership.own_address()
    members = _members()
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


def _members() -> list[Member]:
    """The members; without a leader this hangs up to 1.28, and later ends in a traceback."""
    try:
        return membership.members()
    except membership.NoLeader:
        if microk8s.has_patient_dqlite_shell():
            terminal.wait_for_ever()
        host.work("leave-without-leader")
        raise


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
