"""Free the hosts of a cluster: MicroK8s goes where the cluster put it, and so does preparation.

Where one host's mark does not name this cluster, nothing is removed from any of them. What can be
freed is freed, whatever fails on the others.
"""

from collections.abc import Sequence

from pyinfra.api import deploy

from deploy_scripts.fleet.error_text import is_hopeless
from deploy_scripts.fleet.errors import HostFailure
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import FUNCTIONS, INSTALLED, JOINED, JOINS, KEPT, OWN
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.install_microk8s import (
    ARGS_BEFORE,
    GIVE_BACK_ARGUMENTS,
    PURGE,
    REMOVE_TIMEOUT,
    SNAPD,
    remove,
)
from deploy_scripts.microk8s.facts import SNAP_DATA
from deploy_scripts.prepare_hosts import TIMEOUT, take_back_script
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "cannot"
ASKS = False
CHECK_TIMEOUT = 20
GIVEN_BACK = "MicroK8s was here before, and has its arguments back"

CHECK = f"""
{FUNCTIONS}
if [ -e {INSTALLED} ]; then
  same_cluster {INSTALLED} || {{
    echo "permanent: cannot remove microk8s: $(whose {INSTALLED}) put it here" >&2; exit 1; }}
elif [ -d {SNAP_DATA} ] && ! same_cluster {ARGS_BEFORE}/by; then
  echo 'permanent: cannot remove microk8s: no mark says that Clusterwright put it here;' \\
    "run 'snap remove --purge microk8s' if nobody needs it, then retry" >&2
  exit 1
fi
"""

# Asked again in the turn that removes: a host may have become another's by then.
REMOVE = f"""
{CHECK}{SNAPD}{PURGE}
if [ -e {INSTALLED} ]; then
  purge
elif [ -e {ARGS_BEFORE}/by ]; then
{GIVE_BACK_ARGUMENTS}
  rm -rf {JOINED} {JOINS} {OWN}/join-tokens {OWN}/addons
  echo '{KEPT}{GIVEN_BACK}'
fi
true
"""


@deploy("Check whose MicroK8s it is")
def check() -> None:
    """Refuse a host whose MicroK8s this cluster did not put there; changes nothing."""
    remote_script(name="Check whose MicroK8s it is", script=CHECK, timeout=CHECK_TIMEOUT)


@deploy("Take back the preparation")
def restore() -> None:
    """Remove what preparation noted, whichever job wrote it, and then the last note of ours."""
    taken_back = f"(\n{take_back_script(whoever=True)}\n) || exit 1"
    script = f"{taken_back}\nrm -rf {ARGS_BEFORE}\nrmdir {OWN} 2>/dev/null; true"
    remote_script(name="Take back the preparation", script=script, timeout=TIMEOUT)


def apply(fleet: Fleet, *, before: Before, hosts: Sequence[str]) -> Result:
    """Remove MicroK8s from all hosts in parallel, then what their preparation wrote.

    Raises ``Permanent`` before anything is removed where a host's MicroK8s is not this cluster's.
    """
    del before  # there is no way back
    checked, unchecked = fleet.try_run(check, on=fleet.pending(hosts), timeout=CHECK_TIMEOUT)
    raise_for(_refused(unchecked), "cannot remove MicroK8s")
    removed, unremoved = fleet.try_run(
        remove, on=sorted(checked), timeout=REMOVE_TIMEOUT, script=REMOVE
    )
    restored, unrestored = fleet.try_run(restore, on=sorted(removed), timeout=TIMEOUT)
    for name, lines in restored.items():
        kept = [line for line in (*removed[name], *lines) if line.startswith(KEPT)]
        fleet.mark_done(name, "; ".join(kept) or "as before")
    raise_for((*unchecked, *unremoved), "cannot remove MicroK8s")
    raise_for(unrestored, "cannot take back the preparation of the hosts")
    return Result()


def _refused(failures: Sequence[HostFailure]) -> list[HostFailure]:
    """Return those that no other attempt mends: a host that did not answer keeps nobody waiting."""
    return [failure for failure in failures if is_hopeless(failure.lines)]
