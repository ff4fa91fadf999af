"""Label and taint nodes, so that workloads go where they are meant to."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from pyinfra.api import deploy

from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.facts import MICROK8S
from deploy_scripts.microk8s.looking import listed_nodes, node_of

INTERRUPTIBLE = True
KUBECTL = f"timeout -k 5 20 {MICROK8S} kubectl --request-timeout=10s"


@deploy("Label and taint nodes")
def write(lines: Sequence[str]) -> None:
    """Run kubectl once for each node and sort of mark; the effect is read afterwards."""
    remote_script(
        name="Label and taint nodes",
        script="\n".join([*lines, "true"]),
        timeout=30 + 25 * len(lines),
        shows=lines[0],
    )


def apply(
    fleet: Fleet,
    *,
    seed: str,
    labels: Mapping[str, Mapping[str, str]],
    taints: Mapping[str, Sequence[str]],
) -> None:
    """Set the labels and taints, then read them back; only what is missing is written."""
    seen = listed_nodes(fleet, seed=seed, purpose="label nodes")
    lines: list[str] = []
    for host in sorted({*labels, *taints}):
        node = _named(seen, host)
        pairs = [f"{k}={v}" for k, v in labels.get(host, {}).items() if node["labels"].get(k) != v]
        news = [taint for taint in taints.get(host, ()) if taint not in node["taints"]]
        lines += _kubectl("label", node["name"], pairs) + _kubectl("taint", node["name"], news)
    if lines:
        fleet.run(write, on=[seed], timeout=30 + 25 * len(lines), lines=lines)
        seen = listed_nodes(fleet, seed=seed, purpose="label nodes")
    for host in sorted({*labels, *taints}):
        _check(_named(seen, host), host, labels.get(host, {}), taints.get(host, ()))
        fleet.mark_done(host, "labelled")


def undo(
    fleet: Fleet,
    *,
    seed: str,
    labels: Mapping[str, Mapping[str, str]],
    taints: Mapping[str, Sequence[str]],
) -> None:
    """Take off what ``apply`` set; a node that is gone took its marks with it."""
    seen = listed_nodes(fleet, seed=seed, purpose="label nodes")
    lines: list[str] = []
    for host in sorted({*labels, *taints}):
        node = node_of(seen, host)
        if node is None:
            continue
        keys = [f"{key}-" for key in labels.get(host, {}) if key in node["labels"]]
        olds = [f"{_bare(taint)}-" for taint in taints.get(host, ()) if taint in node["taints"]]
        lines += _kubectl("label", node["name"], keys) + _kubectl("taint", node["name"], olds)
    if lines:
        fleet.run(write, on=[seed], timeout=30 + 25 * len(lines), lines=lines)


def _kubectl(verb: str, node: str, marks: Sequence[str]) -> list[str]:
    if not marks:
        return []
    words = [verb, "node", node, "--overwrite", *marks]
    return [f"{KUBECTL} {shlex.join(words)}"]


def _bare(taint: str) -> str:
    """Return ``key:Effect`` of ``key=value:Effect``: what kubectl wants for taking it off."""
    key, _, rest = taint.partition("=")
    return f"{key}:{rest.rpartition(':')[2]}"


def _named(seen: Mapping[str, Any], host: str) -> dict[str, Any]:
    node = node_of(seen, host)
    if node is None:
        raise Transient(
            f"cannot label {host}: Kubernetes does not list it",
            advice="wait until the node has registered, then retry",
        )
    return node


def _check(
    node: Mapping[str, Any], host: str, labels: Mapping[str, str], taints: Sequence[str]
) -> None:
    missing = [f"{k}={v}" for k, v in labels.items() if node["labels"].get(k) != v]
    missing += [taint for taint in taints if taint not in node["taints"]]
    if missing:
        raise Transient(
            f"cannot label {host}: {', '.join(missing)} did not stay on node {node['name']}",
            advice="look for a controller that takes it off again",
        )
