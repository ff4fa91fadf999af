"""Move the pods off a node that is cordoned; what a disruption budget keeps there is named.

Whether it is drained is read from its pods. Those of DaemonSets, static ones and finished ones may
stay; what stood in an ``emptyDir`` of the others is lost, as it is with every eviction.
"""

import shlex
from collections.abc import Sequence

from pyinfra.api import deploy

from deploy_scripts.fleet.errors import NotYet, Permanent
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.cordoning import UNKNOWN
from deploy_scripts.microk8s.facts import MICROK8S
from deploy_scripts.microk8s.looking import AGAIN_SECONDS, listed_nodes, node_of
from deploy_scripts.microk8s.pods import Budget, NodePods, Pod
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
"""The pods run elsewhere; Kubernetes brings them back as it sees fit."""
ASKS = False
EVICT_SECONDS = 20
"""How long one look waits for evictions, and for pods to end; a step that waits evicts again."""
TIMEOUT = EVICT_SECONDS + 20
MOST_NAMED = 5


@deploy("Drain a node")
def drain(node: str) -> None:
    """Evict what can be evicted; whether anything is left is read afterwards."""
    line = (
        f"timeout -k 5 {EVICT_SECONDS + 10} {MICROK8S} kubectl --request-timeout=10s drain "
        f"{shlex.quote(node)} --ignore-daemonsets --delete-emptydir-data "
        f"--timeout={EVICT_SECONDS}s\ntrue"
    )
    remote_script(
        name=f"Drain {node}", script=line, timeout=TIMEOUT, shows=f"microk8s kubectl drain {node}"
    )


def apply(fleet: Fleet, *, before: Before, seed: str, host: str) -> Result:
    """Evict the pods of ``host`` through ``seed``, and see that none is left that has to go.

    Raises ``NotYet`` with the pods that are left, and the budgets that keep them; ``Permanent``
    where evicting would destroy a pod that nothing makes anew, or the node is not cordoned.
    """
    del before
    node = node_of(listed_nodes(fleet, seed=seed, purpose=f"drain {host}"), host)
    if node is None:
        fleet.mark_done(host, UNKNOWN)
        return Result()
    if node["schedulable"]:
        raise Permanent(
            f"cannot drain {host}: node {node['name']} is not cordoned any more, so pods would "
            "come back",
            advice="find out who uncordoned it, then retry",
        )
    pods, _ = _left(fleet, seed, node["name"])
    _refuse_bare(pods, host, seed)
    if pods:
        fleet.run(drain, on=[seed], timeout=TIMEOUT, node=node["name"])
        pods, budgets = _left(fleet, seed, node["name"])
        if pods:
            raise _not_yet(pods, budgets, host, seed, node["name"])
    fleet.mark_done(host, "drained")
    return Result()


def _left(fleet: Fleet, seed: str, node: str) -> tuple[list[Pod], list[Budget]]:
    found = fleet.facts(NodePods, on=[seed], node=node)[seed]
    return [pod for pod in found["pods"] if pod.has_to_go], found["budgets"]


def _refuse_bare(pods: Sequence[Pod], host: str, seed: str) -> None:
    """Raise ``Permanent`` where a pod has no controller: kubectl then evicts none at all."""
    bare = [pod for pod in pods if not pod.owner]
    if bare:
        first = bare[0]
        raise Permanent(
            f"cannot drain {host}: {_named([pod.path for pod in bare])} "
            f"{'has' if len(bare) == 1 else 'have'} no controller, so nothing makes "
            f"{'it' if len(bare) == 1 else 'them'} anew on another node",
            advice="if nobody needs it, delete it: microk8s kubectl delete pod "
            f"-n {first.namespace} {first.name} (on {seed}); then retry",
        )


def _not_yet(
    pods: Sequence[Pod], budgets: Sequence[Budget], host: str, seed: str, node: str
) -> NotYet:
    kept = {pod.path: [each for each in budgets if each.keeps(pod)] for pod in pods}
    sentences = [
        f"{path} (budget {found[0].path} lets none go)" if found else path
        for path, found in sorted(kept.items(), key=lambda pair: not pair[1])
    ]
    blocking = next((found[0] for found in kept.values() if found), None)
    advice = (
        f"microk8s kubectl get pods -A --field-selector spec.nodeName={node} (on {seed}) shows them"
    )
    if blocking:
        advice = (
            f"microk8s kubectl describe pdb -n {blocking.namespace} {blocking.name} (on {seed}) "
            "tells what it asks for: give the workload one more replica, or lower the budget, "
            "then retry"
        )
    return NotYet(
        f"{host} has {len(pods)} pod{'' if len(pods) == 1 else 's'} still: {_named(sentences)}",
        after=AGAIN_SECONDS,
        otherwise=f"cannot drain {host}",
        advice=advice,
    )


def _named(texts: Sequence[str]) -> str:
    """Return the first few, and how many more there are."""
    more = f" and {len(texts) - MOST_NAMED} more" if len(texts) > MOST_NAMED else ""
    return ", ".join(texts[:MOST_NAMED]) + more
