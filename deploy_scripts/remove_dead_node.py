"""Take a node out of its cluster whose host is dead: a node that stays does it, and reads it back.

The host is never asked. One that shows a sign of life is not removed: it would go on as a node that
the others do not know, and has to leave by itself.
"""

from collections.abc import Mapping
from typing import Any

from pyinfra.api import deploy

from cluster.observation import SILENT_SECONDS
from deploy_scripts.fleet.errors import NotYet, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import FUNCTIONS, INSTALLED, JOINED
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.leaving import is_out, remove_member
from deploy_scripts.microk8s.looking import AGAIN_SECONDS, as_observation, look, member_of, node_of
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
"""A member that is half removed is neither in nor out, so a cancel waits for its end."""
UNDO = "cannot"
ASKS = False
CHECK_TIMEOUT = 20

CHECK = f"""
{FUNCTIONS}
same_cluster {JOINED} || same_cluster {INSTALLED} || {{
  echo "permanent: cannot remove a node: $(whose {INSTALLED}) made this host a node" >&2; exit 1; }}
"""


@deploy("Check whose node it is")
def check() -> None:
    """Refuse a seed that this cluster did not make; changes nothing."""
    remote_script(name="Check whose node it is", script=CHECK, timeout=CHECK_TIMEOUT)


def apply(fleet: Fleet, *, before: Before, seed: str, host: str) -> Result:
    """Take ``host`` out of the datastore and of Kubernetes, through ``seed``.

    Raises ``NotYet`` while it shows a sign of life, and ``Permanent`` where the seed's mark names
    another cluster or installation.
    """
    del before  # there is no way back
    seen = look(fleet, seed=seed)
    if not is_out(seen, host):
        _require_dead(seen, host, seed)
        _, failures = fleet.try_run(check, on=[seed], timeout=CHECK_TIMEOUT)
        raise_for(failures, f"cannot remove {host}")
        remove_member(fleet, seed=seed, host=host)
        seen = look(fleet, seed=seed)
    fleet.mark_done(host, "is out; whatever it carries is on it still")
    return Result(observation=as_observation(fleet, seen, seed))


def _require_dead(seen: Mapping[str, Any], host: str, seed: str) -> None:
    if not seen["has_leader"] or seen["nodes"] is None:
        raise Transient(
            f"cannot remove {host}: "
            + ("the Kubernetes API" if seen["has_leader"] else "the leader of the datastore")
            + f" does not answer {seed}, so nobody can tell whether the node is dead",
            advice=f"look at journalctl -u snap.microk8s.daemon-kubelite on {seed}",
        )
    if sign := sign_of_life(member_of(seen, host), node_of(seen, host)):
        raise NotYet(
            f"{host} is no dead node: {sign}",
            after=AGAIN_SECONDS,
            otherwise=f"cannot remove {host} as dead",
            advice="ask for remove-node without force, and it leaves by itself",
        )


def sign_of_life(member: Mapping[str, Any] | None, node: Mapping[str, Any] | None) -> str:
    """Say what shows that a node lives; a kubelet that has just died is heard of for a while."""
    if member is not None and member["alive"]:
        return f"its datastore answers at {member['address']}"
    ago = None if node is None else node["heard_ago"]
    if ago is not None and abs(ago) <= SILENT_SECONDS:
        return f"its kubelet was heard of {max(ago, 0)} s ago"
    return ""
