"""Stopping MicroK8s on control plane nodes, and starting it again, judged by their services."""

from collections.abc import Sequence
from dataclasses import replace

from pyinfra.api import deploy

from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import FUNCTIONS, INSTALLED, JOINED
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.facts import MICROK8S
from deploy_scripts.microk8s.looking import LOOK_SECONDS, look_until
from deploy_scripts.microk8s.readiness import DATASTORE
from deploy_scripts.microk8s.snap_state import SnapState

STOP_SECONDS, START_SECONDS = 240, 130
KUBELITE = "daemon-kubelite"
OURS = f"""
{FUNCTIONS}
same_cluster {JOINED} || same_cluster {INSTALLED} || {{
  echo "permanent: cannot touch MicroK8s: $(whose {INSTALLED}) made this host a node" >&2
  exit 1; }}
"""
"""Before what changes a node: ends where another cluster or installation made it one."""

# Exit codes of both prove nothing: a start ends with 1 where the API is not up within a minute.
STOP = f"{OURS}\ntimeout -k 5 {STOP_SECONDS - 20} {MICROK8S} stop </dev/null\ntrue\n"
START = f"{OURS}\ntimeout -k 5 {START_SECONDS - 20} {MICROK8S} start </dev/null\ntrue\n"


@deploy("Stop MicroK8s")
def stop() -> None:
    """Stop it, also over a reboot; whether it did is read from the services."""
    remote_script(
        name="Stop MicroK8s",
        script=STOP,
        timeout=STOP_SECONDS,
        may_be_ended=False,
        shows="microk8s stop",
    )


@deploy("Start MicroK8s")
def start() -> None:
    """Start it; whether it did is read from the services."""
    remote_script(
        name="Start MicroK8s", script=START, timeout=START_SECONDS, shows="microk8s start"
    )


def stop_all(fleet: Fleet, hosts: Sequence[str]) -> None:
    """Stop the nodes at once; raises ``Transient`` where a service of one runs still."""
    _, failures = fleet.try_run(stop, on=hosts, timeout=STOP_SECONDS)
    raise_for(failures, "cannot stop MicroK8s")
    states, _ = look_until(
        lambda: fleet.facts(SnapState, on=hosts),
        lambda now: not any({DATASTORE, KUBELITE} & set(row["active"]) for row in now.values()),
        seconds=LOOK_SECONDS,
    )
    for host, state in states.items():
        if still := sorted({DATASTORE, KUBELITE} & set(state["active"])):
            raise Transient(
                f"cannot stop MicroK8s on {host}: {', '.join(still)} runs still",
                advice=f"run 'microk8s stop' as root on {host}, mend what it says, then retry",
            )


def start_all(fleet: Fleet, hosts: Sequence[str]) -> None:
    """Start the nodes at once; raises ``Transient`` where the datastore of one does not run.

    Whether the datastore has a leader then is not waited for: it may lack the quorum.
    """
    _, failures = fleet.try_run(start, on=hosts, timeout=START_SECONDS)
    failures = tuple(replace(each, advice=each.advice or _by_hand(each.host)) for each in failures)
    raise_for(failures, "cannot start MicroK8s")
    states, _ = look_until(
        lambda: fleet.facts(SnapState, on=hosts),
        lambda now: all(DATASTORE in row["active"] for row in now.values()),
        seconds=LOOK_SECONDS,
    )
    for host, state in states.items():
        if DATASTORE not in state["active"]:
            raise Transient(
                f"cannot start MicroK8s on {host}: {DATASTORE} does not run", advice=_by_hand(host)
            )


def _by_hand(host: str) -> str:
    return (
        f"look at journalctl -u snap.microk8s.daemon-k8s-dqlite on {host}, then run "
        f"'microk8s start' as root there"
    )
