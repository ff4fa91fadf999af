"""Taking a node out of a cluster: it leaves where it answers, and its seed removes it.

An undo touches only what its very job joined: the host's own note says so, and the seed's, which
is there for a host that has died. A change that takes nodes out touches those of its cluster.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from pyinfra.api import FactBase, deploy

from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import FUNCTIONS, INSTALLED, JOINED, JOINS, KEPT
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.fleet.shell import remote_script, root_script
from deploy_scripts.microk8s.facts import DATA, DQLITE, MICROK8S, REQUIRE_LEADER, HostRole
from deploy_scripts.microk8s.looking import look, look_until, member_of, node_of

LEAVE_TIMEOUT, REMOVE_TIMEOUT = 420, 240
GONE_SECONDS = 60
"""How long a node that was removed may still be listed."""
MOST_NOTES = 1000
_NOTE = re.compile(r"([0-9.]{7,15}) ([A-Za-z0-9._-]{1,100})")

LEAVE = f"""
{FUNCTIONS}{DQLITE}{REQUIRE_LEADER}
if [ "$whole_cluster" = yes ]; then
  same_cluster {JOINED} || same_cluster {INSTALLED} || {{
    echo "permanent: cannot leave: $(whose {INSTALLED}) made this host a node" >&2; exit 1; }}
else
  is_mine {JOINED} || {{ echo "{KEPT}$(whose {JOINED}) joined this node"; exit 0; }}
fi
require_leader 'leave the cluster'
timeout -k 5 {LEAVE_TIMEOUT - 20} {MICROK8S} leave; rc=$?
if [ $rc -eq 3 ]; then
  # The only voter of two: a graceful stop hands the vote over, and the seed strikes it out.
  timeout -k 5 120 {MICROK8S} stop
fi
if [ ! -e {DATA}/var/lock/clustered.lock ] && [ ! -e {DATA}/var/lock/join-in-progress ]; then
  rm -f {JOINED}
fi
true
"""

REMOVE_NODE = f"""
{DQLITE}{REQUIRE_LEADER}
require_leader "remove node $node"
timeout -k 5 120 {MICROK8S} remove-node "$node" --force
case "$(dq .cluster)" in *"\\"$address:19001\\""*) dq ".remove $address:19001";; esac
if [ -f {JOINS} ]; then
  kept=$(grep -v "^$address " {JOINS}); [ -z "$kept" ] || kept="$kept
"
  if [ -n "$kept" ]; then printf '%s' "$kept" >{JOINS}; else rm -f {JOINS}; fi
fi
true
"""


@deploy("Leave the cluster")
def leave(whole_cluster: bool = False) -> None:
    """Leave; whether it worked is read from the cluster."""
    head = f"whole_cluster={'yes' if whole_cluster else ''}\n"
    remote_script(
        name="Leave the cluster", script=head + LEAVE, timeout=LEAVE_TIMEOUT, shows="microk8s leave"
    )


@deploy("Remove a node")
def remove_node(node: str, address: str) -> None:
    """Remove a node that left or is dead; whether it worked is read from the cluster."""
    head = f"node={shlex.quote(node)}\naddress={shlex.quote(address)}\n"
    remote_script(
        name=f"Remove node {node}",
        script=head + REMOVE_NODE,
        timeout=REMOVE_TIMEOUT,
        shows=f"microk8s remove-node {node} --force",
    )


class JoinNotes(FactBase[dict[str, str]]):
    """Which job joined which address through this seed, as ``{"10.0.0.2": JOB}``."""

    def command(self) -> str:
        return root_script(f"echo notes; cat {JOINS} 2>/dev/null; true", timeout=20)

    def process(self, output: Any) -> dict[str, str]:
        return parse_notes(list(output))


def parse_notes(lines: Sequence[str]) -> dict[str, str]:
    """Read the rows ``ADDRESS JOB``; what looks otherwise is no note of ours."""
    rows = filter(None, map(_NOTE.fullmatch, lines[:MOST_NOTES]))
    return {row[1]: row[2] for row in rows}


def remove_member(fleet: Fleet, *, seed: str, host: str) -> None:
    """Take ``host`` out of the datastore and of Kubernetes; its effect is read from the seed."""
    node = node_of(look(fleet, seed=seed), host)
    name = node["name"] if node else fleet.node_address(host)
    fleet.run(
        remove_node, on=[seed], timeout=REMOVE_TIMEOUT, node=name, address=fleet.node_address(host)
    )
    _, went = look_until(
        lambda: look(fleet, seed=seed), lambda now: is_out(now, host), seconds=GONE_SECONDS
    )
    if not went:
        raise Transient(
            f"cannot take {host} out of the cluster: {seed} still lists it after {GONE_SECONDS} s"
        )


def is_out(seen: Mapping[str, Any], host: str) -> bool:
    """True when neither list names the host; a list that could not be read proves nothing."""
    if not seen["has_leader"] or seen["nodes"] is None:
        return False
    return member_of(seen, host) is None and node_of(seen, host) is None


def undo_join(fleet: Fleet, *, seed: str, host: str) -> str:
    """Undo this job's join of ``host``; return what became of it. The effect is read back."""
    found, unreachable = fleet.try_facts(HostRole, on=[host])
    role = found[host]["role"] if found else "unreachable"
    left: tuple[str, ...] = ()
    if role in {"control-plane", "worker", "half-joined", "joining"} and not unreachable:
        printed, _ = fleet.try_run(leave, on=[host], timeout=LEAVE_TIMEOUT)
        left = printed.get(host, ())
    if seed in fleet.lost:
        return _left_alone(fleet, host)
    if fleet.facts(HostRole, on=[seed])[seed]["role"] == "not-installed":
        return "left"
    seen = look(fleet, seed=seed)
    if is_out(seen, host):
        return "left"
    notes = fleet.facts(JoinNotes, on=[seed])[seed]
    by = notes.get(fleet.node_address(host))
    if by != (fleet.mark.job or "-"):
        kept = next((line for line in left if line.startswith(KEPT)), "")
        return kept or f"{KEPT}{seed} does not know it as joined by this job"
    remove_member(fleet, seed=seed, host=host)
    return "left"


def _left_alone(fleet: Fleet, host: str) -> str:
    """Say that a host left whose seed is lost: only the host itself can tell."""
    if host in fleet.lost:
        return "lost with its seed"
    role = fleet.facts(HostRole, on=[host])[host]["role"]
    if role not in {"standalone", "not-installed"}:
        raise Transient(
            f"cannot take {host} out of the cluster: it is still {role}, and its seed is lost",
            advice=f"remove MicroK8s from {host} by hand, or roll back without it, too",
        )
    return "left"


def leave_cluster(fleet: Fleet, *, seed: str, host: str) -> str:
    """Take a node of this cluster out of it, whichever job joined it; the effect is read back.

    Raises ``Permanent`` where the host's mark names another cluster or installation.
    """
    found, unreachable = fleet.try_facts(HostRole, on=[host])
    raise_for(unreachable, f"cannot take {host} out of the cluster")
    if is_out(look(fleet, seed=seed), host):
        return "left before"
    if found[host]["role"] in {"control-plane", "worker", "half-joined", "joining"}:
        _, failures = fleet.try_run(leave, on=[host], timeout=LEAVE_TIMEOUT, whole_cluster=True)
        raise_for(failures, f"cannot take {host} out of the cluster")
    if not is_out(look(fleet, seed=seed), host):
        remove_member(fleet, seed=seed, host=host)
    return "left"
