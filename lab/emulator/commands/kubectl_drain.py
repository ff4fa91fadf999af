"""kubectl's verbs that keep pods off a node: cordon, uncordon, drain."""

import time

from lab.emulator import host, journal, objects, pods, terminal
from lab.emulator.commands import kubectl
from lab.emulator.commands.kubectl import Call

NO_CONTROLLER = (
    "cannot delete cannot delete Pods that declare no controller (use --force to override): {0}"
)
DAEMON_SETS = (
    "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): "
    "kube-system/calico-node"
)
BLOCKED = (
    'error when evicting pods/"{1}" -n "{0}" (will retry after 5s): Cannot evict pod as it '
    "would violate the pod's disruption budget."
)
TIMED_OUT = 'error when evicting pods/"{1}" -n "{0}": global timeout reached: {2}'


def run(call: Call) -> None:
    for name in kubectl.node_names(call.words):
        if call.verb == "drain":
            _drain(call, name)
        else:
            _set_unschedulable(call, name, call.verb == "cordon")


def _set_unschedulable(call: Call, name: str, wanted: bool) -> None:
    word = "cordoned" if wanted else "uncordoned"
    if kubectl.stored_node(call.cluster, name)["unschedulable"] is wanted:
        terminal.out(f"node/{name} already {word}")
        return
    if wanted:
        pods.keep_on(call.cluster, name)
    with objects.edited(call.cluster) as value:
        value["nodes"][name]["unschedulable"] = wanted
    journal.effect("node-changed", node=name, facts=["unschedulable"])
    terminal.out(f"node/{name} {word}")


def _drain(call: Call, name: str) -> None:
    """Cordon, refuse what kubectl refuses, and evict what no budget keeps."""
    _set_unschedulable(call, name, True)
    if "--ignore-daemonsets" not in call.options:
        _give_up(name, DAEMON_SETS)
    there = pods.on_node(call.cluster, name)
    bare = [placed.path for placed in there if not placed.owner]
    if bare and "--force" not in call.options:
        _give_up(name, NO_CONTROLLER.format(", ".join(bare)))
    terminal.err("Warning: ignoring DaemonSet-managed Pods: kube-system/calico-node")
    host.work("drain")
    blocked = [placed for placed in there if not _evict(call.cluster, placed)]
    if blocked:
        _wait_in_vain(call, name, blocked[0])
    terminal.out(f"node/{name} drained")
    journal.effect("drained", node=name)


def _evict(cluster: str, placed: pods.Placed) -> bool:
    """Move a pod; whether it went. Each eviction is judged by what those before have left."""
    terminal.out(f"evicting pod {placed.path}")
    spent = [each for each in pods.budgets(cluster) if not each["status"]["disruptionsAllowed"]]
    if any(pods.is_kept_by(budget, placed.pod) for budget in spent):
        terminal.err(BLOCKED.format(*placed.path.split("/")))
        return False
    pods.evict(cluster, placed)
    terminal.out(f"pod/{placed.path.partition('/')[2]} evicted")
    return True


def _wait_in_vain(call: Call, name: str, placed: pods.Placed) -> None:
    limit = call.options.get("--timeout", "0s")
    patience = kubectl.seconds(limit, 600.0)
    time.sleep(host.this_host().choose(0.0, min(patience, 3.0), patience))
    _give_up(name, TIMED_OUT.format(*placed.path.split("/"), limit))


def _give_up(name: str, why: str) -> None:
    terminal.err(f'error: unable to drain node "{name}" due to error: {why}, continuing command...')
    terminal.err(f"There are pending nodes to be drained:\n {name}")
    terminal.fail(why)
