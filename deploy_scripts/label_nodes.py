"""Label and taint nodes, so that workloads go where they are meant to."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pyinfra.api import deploy

from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import KEPT
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.facts import MICROK8S
from deploy_scripts.microk8s.looking import listed_nodes, node_of
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "does"
ASKS = False
NOTHING: Mapping[str, Sequence[str]] = MappingProxyType({})
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
    before: Before,
    seed: str,
    labels: Mapping[str, Mapping[str, str]],
    taints: Mapping[str, Sequence[str]],
    labels_off: Mapping[str, Sequence[str]] = NOTHING,
    taints_off: Mapping[str, Sequence[str]] = NOTHING,
) -> Result:
    """Set labels and taints and take off others, then read them back.

    ``labels_off`` are keys, ``taints_off`` are ``key:Effect``; only what differs is written, and
    what it was is noted before.
    """
    wanted = {
        host: Marks(
            {**dict.fromkeys(labels_off.get(host, ())), **labels.get(host, {})},
            {**dict.fromkeys(taints_off.get(host, ())), **_by_place(taints.get(host, ()))},
        )
        for host in sorted({*labels, *taints, *labels_off, *taints_off})
    }
    seen = listed_nodes(fleet, seed=seed, purpose="label nodes")
    before.note({host: _as_they_are(_named(seen, host), want) for host, want in wanted.items()})
    lines = [line for host, want in wanted.items() for line in _lines(_named(seen, host), want)]
    if lines:
        fleet.run(write, on=[seed], timeout=30 + 25 * len(lines), lines=lines)
        seen = listed_nodes(fleet, seed=seed, purpose="label nodes")
    for host, want in wanted.items():
        _check(_named(seen, host), host, want)
        fleet.mark_done(host, "labelled")
    return Result()


def undo(
    fleet: Fleet,
    *,
    before: Before,
    seed: str,
    labels: Mapping[str, Mapping[str, str]],
    taints: Mapping[str, Sequence[str]],
    labels_off: Mapping[str, Sequence[str]] = NOTHING,
    taints_off: Mapping[str, Sequence[str]] = NOTHING,
) -> Result:
    """Put back what ``apply`` found; a node that is gone took its marks with it.

    What has another value than ``apply`` gave it was changed by somebody since, and stays.
    Raises ``Transient`` where what was put back is not there when it is read again.
    """
    del labels_off, taints_off
    seen = listed_nodes(fleet, seed=seed, purpose="put back labels")
    lines: list[str] = []
    put_back: dict[str, tuple[Marks, list[str]]] = {}
    for host, noted in sorted(before.noted.items()):
        node = node_of(seen, host)
        if node is None:
            continue
        ours = Marks(dict(labels.get(host, {})), dict(_by_place(taints.get(host, ()))))
        former, kept = _former(node, Marks(noted["labels"], noted["taints"]), ours)
        lines += _lines(node, former)
        put_back[host] = (former, kept)
    if lines:
        fleet.run(write, on=[seed], timeout=30 + 25 * len(lines), lines=lines)
        seen = listed_nodes(fleet, seed=seed, purpose="put back labels")
    wrong = []
    for host, (former, kept) in put_back.items():
        node = node_of(seen, host)
        missed = _missed(node, former) if node else []
        wrong += [f"{host}: {what}" for what in missed]
        if not missed:
            fleet.mark_done(host, f"{KEPT}{', '.join(kept)}" if kept else "as before")
    if wrong:
        raise Transient(
            f"cannot put back labels and taints: {'; '.join(wrong)}",
            advice="look for a controller that changes them again",
        )
    return Result()


@dataclass(frozen=True, slots=True)
class Marks:
    """Labels by key and taints by ``key:Effect``; ``None`` for what is not to be there."""

    labels: Mapping[str, str | None]
    taints: Mapping[str, str | None]


def _as_they_are(node: Mapping[str, Any], wanted: Marks) -> dict[str, dict[str, str | None]]:
    """Return what a node has now in the places that are to change."""
    taints = _by_place(node["taints"])
    return {
        "labels": {
            key: node["labels"].get(key)
            for key, value in wanted.labels.items()
            if node["labels"].get(key) != value
        },
        "taints": {
            place: taints.get(place)
            for place, taint in wanted.taints.items()
            if taints.get(place) != taint
        },
    }


def _former(node: Mapping[str, Any], noted: Marks, ours: Marks) -> tuple[Marks, list[str]]:
    """Return what is to be put back, and what somebody else has changed since."""
    now = Marks(node["labels"], _by_place(node["taints"]))
    kept = []
    for was, is_now, given in (
        (noted.labels, now.labels, ours.labels),
        (noted.taints, now.taints, ours.taints),
    ):
        kept += [
            f"{name} has another value since"
            for name in was
            if is_now.get(name) not in (given.get(name), was[name])
        ]
    gone = {text.partition(" ")[0] for text in kept}
    former = Marks(
        {key: value for key, value in noted.labels.items() if key not in gone},
        {place: taint for place, taint in noted.taints.items() if place not in gone},
    )
    return former, kept


def _lines(node: Mapping[str, Any], wanted: Marks) -> list[str]:
    """Return the commands that give a node what it does not have."""
    there = _by_place(node["taints"])
    labels = [
        f"{key}-" if value is None else f"{key}={value}"
        for key, value in wanted.labels.items()
        if node["labels"].get(key) != value
    ]
    taints = [
        f"{place}-" if taint is None else taint
        for place, taint in wanted.taints.items()
        if there.get(place) != taint
    ]
    return _kubectl("label", node["name"], labels) + _kubectl("taint", node["name"], taints)


def _kubectl(verb: str, node: str, marks: Sequence[str]) -> list[str]:
    if not marks:
        return []
    words = [verb, "node", node, "--overwrite", *marks]
    return [f"{KUBECTL} {shlex.join(words)}"]


def _by_place(taints: Sequence[str]) -> dict[str, str | None]:
    """Return taints by ``key:Effect``, of which a node has one each: kubectl names them so."""
    return {_place(taint): taint for taint in taints}


def _place(taint: str) -> str:
    head, _, effect = taint.rpartition(":")
    return f"{head.partition('=')[0]}:{effect}"


def _named(seen: Mapping[str, Any], host: str) -> dict[str, Any]:
    node = node_of(seen, host)
    if node is None:
        raise Transient(
            f"cannot label {host}: Kubernetes does not list it",
            advice="wait until the node has registered, then retry",
        )
    return node


def _check(node: Mapping[str, Any], host: str, wanted: Marks) -> None:
    wrong = _missed(node, wanted)
    if wrong:
        raise Transient(
            f"cannot label {host}: on node {node['name']} {', '.join(wrong)}",
            advice="look for a controller that changes it again",
        )


def _missed(node: Mapping[str, Any], wanted: Marks) -> list[str]:
    """Return what a node does not have as it should, in words."""
    left = _as_they_are(node, wanted)
    labels = {key: f"{key}={value}" for key, value in wanted.labels.items() if value is not None}
    should = {key: labels.get(key) for key in left["labels"]}
    should |= {place: wanted.taints[place] for place in left["taints"]}
    return [
        f"{text} did not stay" if text else f"{name} is still there"
        for name, text in should.items()
    ]
