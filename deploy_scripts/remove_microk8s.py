"""Free the hosts of a cluster: MicroK8s goes where the cluster put it, and so does preparation.

A host whose mark does not name this cluster is refused, and nothing is removed from it.
"""

from collections.abc import Sequence

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import FUNCTIONS, INSTALLED, JOINED, JOINS, OWN
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.install_microk8s import (
    ARGS_BEFORE,
    GIVE_BACK_ARGUMENTS,
    PURGE,
    REMOVE_TIMEOUT,
    SNAPD,
    remove,
)
from deploy_scripts.microk8s.facts import SNAP_DATA
from deploy_scripts.prepare_hosts import TIMEOUT, take_back_whoever

INTERRUPTIBLE = True
UNDO = "cannot"

REMOVE = f"""
{FUNCTIONS}{SNAPD}{PURGE}
if [ -e {INSTALLED} ]; then
  same_cluster {INSTALLED} || {{
    echo "permanent: cannot remove microk8s: $(whose {INSTALLED}) put it here" >&2; exit 1; }}
  purge
elif same_cluster {ARGS_BEFORE}/by; then
{GIVE_BACK_ARGUMENTS}
  rm -rf {JOINED} {JOINS} {OWN}/join-tokens {OWN}/addons
  echo 'MicroK8s was here before, and has its arguments back'
elif [ -d {SNAP_DATA} ]; then
  echo 'permanent: cannot remove microk8s: no mark says that Clusterwright put it here;' \\
    "run 'snap remove --purge microk8s' if nobody needs it, then retry" >&2
  exit 1
fi
rmdir {OWN} 2>/dev/null; true
"""


def apply(fleet: Fleet, *, hosts: Sequence[str]) -> None:
    """Remove MicroK8s from all hosts in parallel, then what their preparation wrote."""
    pending = fleet.pending(hosts)
    removed, failures = fleet.try_run(remove, on=pending, timeout=REMOVE_TIMEOUT, script=REMOVE)
    raise_for(failures, "cannot remove MicroK8s")
    restored, failures = fleet.try_run(take_back_whoever, on=sorted(removed), timeout=TIMEOUT)
    for name in restored:
        fleet.mark_done(name, "as before")
    raise_for(failures, "cannot take back the preparation of the hosts")
