"""Clusters as the API answers them, for the tests of what draws them."""

from itertools import cycle
from typing import Any

from cluster.observation import Observation
from cluster.quorum import expected
from cluster.spec import Host

TAINT = "node-role.kubernetes.io/control-plane=:NoSchedule"
DEAD = {
    "code": "dead-member",
    "severity": "warn",
    "message": "cp-3 is listed as voter but does not answer",
    "advice": "start MicroK8s on cp-3",
}


def node(name: str, address: str, **fields: Any) -> dict[str, Any]:
    row = {"name": name, "host": name, "address": address, "role": "worker", "ready": True}
    return row | {"schedulable": True, "version": "v1.32", "labels": {}, "taints": [], **fields}


def member(name: str | None, address: str, **fields: Any) -> dict[str, Any]:
    row = {"host": name, "address": f"{address}:19001", "id": "1", "role": "voter"}
    return row | {"alive": True, "leader": False, **fields}


def unseen(control_plane: int = 3, workers: int = 0, **fields: Any) -> dict[str, Any]:
    """Return a cluster that nobody has looked at."""
    return {
        "name": "prod",
        "environment": "prod",
        "topology": "ha",
        "channel": "1.32/stable",
        "control_plane": [f"cp-{number}" for number in range(1, control_plane + 1)],
        "workers": [f"w-{number}" for number in range(1, workers + 1)],
        "formed": True,
        "phase": "formed",
        "quorum": None,
        "observation": None,
        "observed_at": None,
        **fields,
    }


def observed(
    control_plane: int = 3, workers: int = 0, *, dead: tuple[str, ...] = (), **fields: Any
) -> dict[str, Any]:
    """Return a cluster whose nodes are all well, but for those that are dead."""
    body = unseen(control_plane, workers)
    names = [*body["control_plane"], *body["workers"]]
    address = {name: f"10.0.0.{number}" for number, name in enumerate(names, start=1)}
    full = expected(control_plane)
    roles = ["voter"] * full.voters + ["stand-by"] * full.standbys + ["spare"] * full.spares
    members = [
        member(name, address[name], role=role, alive=name not in dead, leader=name == "cp-1")
        for name, role in zip(body["control_plane"], roles, strict=True)
    ]
    nodes = [node(name, address[name], ready=name not in dead) for name in names]
    return seen(body, members=members, nodes=nodes) | fields


def seen(body: dict[str, Any], **observation: Any) -> dict[str, Any]:
    """Return the cluster with another observation, and the quorum that goes with it."""
    found = {"members": [], "nodes": [], "findings": [], **(body["observation"] or {})}
    found |= observation
    quorum = Observation.from_dict(found).quorum.as_dict()
    return body | {"observation": found, "quorum": quorum, "observed_at": 1764000000.0}


def hosts(body: dict[str, Any], *sites: str, zone: str = "") -> list[Host]:
    """Return the cluster's hosts, at these sites in turn."""
    names = [*body["control_plane"], *body["workers"]]
    turns = zip(enumerate(names), cycle(sites or ["default"]), strict=False)
    return [
        Host(name, f"192.168.1.{place}", "key", site=site, zone=zone)
        for (place, name), site in turns
    ]


STEERING = "\x1b]52;c;eA==\x07\x1b[2J\x9b31m\u202egpj\u2066\u2028\nx\r\x08"
"""A name that a host could tell, and a terminal or browser would obey."""


def steered() -> dict[str, Any]:
    """Return a cluster in which a member, a node, a label and a finding try to steer."""
    body = observed(1)
    body["observation"]["members"].append(member(None, STEERING, role="spare"))
    body["observation"]["nodes"].append(
        node(STEERING, STEERING, host=None, taints=[f"{STEERING}=:NoSchedule"])
    )
    body["observation"]["findings"] = [DEAD | {"message": STEERING, "advice": STEERING}]
    return body
