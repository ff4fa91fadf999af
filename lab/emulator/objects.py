"""The Kubernetes objects of one cluster, as its datastore holds them.

They lie in the lab's world; `api.py` guards the way to them.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.emulator import faults, files, host, locks, paths

Node = dict[str, Any]
# Not MicroK8s' own: it ties a datastore to its objects, whatever certificates the node holds.
CLUSTER_FILE = f"{paths.BACKEND}/lab-cluster-id"
WORKER_CLUSTER_FILE = f"{paths.SNAP_DATA}/var/lab-cluster-id"
# The launch configuration enables dns as well, some time after an installation.
DEFAULT_ADDONS = ("ha-cluster", "helm", "helm3")


class Lease:
    """When each node's kubelet last reached an API server."""

    def __init__(self, cluster_id: str) -> None:
        self._folder = f"{folder(cluster_id)}/leases"

    def renew(self, node: str) -> None:
        path = f"{self._folder}/{node}"
        try:
            os.utime(path)
        except FileNotFoundError:
            os.makedirs(self._folder, exist_ok=True)
            files.write(path, "")

    def renewed(self, node: str) -> float | None:
        """When it was renewed last, by the clock of the machine; None without a lease."""
        try:
            return os.stat(f"{self._folder}/{node}").st_mtime
        except FileNotFoundError:
            return None

    def age(self, node: str) -> float:
        renewed = self.renewed(node)
        return float("inf") if renewed is None else time.time() - renewed

    def end(self, node: str) -> None:
        files.remove(f"{self._folder}/{node}")

    def mark_silent(self, node: str) -> None:
        """Note that the node's silence has lasted too long; its next renewal ends that."""
        renewed = self.renewed(node)
        if renewed is not None and not self._is_marked(node):
            files.write(self._mark(node), str(renewed))

    def is_fresh(self, node: str) -> bool:
        """Whether the API says Ready, which may be long after the last renewal."""
        if faults.has("node-stays-ready"):
            return True
        return self.renewed(node) is not None and not self._is_marked(node)

    def _mark(self, node: str) -> str:
        return f"{self._folder}-silent/{node}"

    def _is_marked(self, node: str) -> bool:
        return files.read(self._mark(node)) == str(self.renewed(node))


def own_cluster_id() -> str:
    """The cluster whose objects this host sees: its datastore's, or on a worker its API's."""
    is_worker = locks.is_worker()
    return files.read(WORKER_CLUSTER_FILE if is_worker else CLUSTER_FILE).strip()


def folder(cluster_id: str) -> str:
    return f"{paths.WORLD}/clusters/{cluster_id}"


def empty() -> dict[str, Any]:
    return {"nodes": {}, "addons": list(DEFAULT_ADDONS), "addon_arguments": {}, "applied": []}


def read(cluster_id: str) -> dict[str, Any]:
    found: dict[str, Any] = files.read_json(f"{folder(cluster_id)}/objects.json", empty())
    return found


def written_at(cluster_id: str) -> int:
    """When the objects were written last, in nanoseconds; 0 where there are none."""
    try:
        return os.stat(f"{folder(cluster_id)}/objects.json").st_mtime_ns
    except FileNotFoundError:
        return 0


def visible_addons(cluster_id: str) -> list[str]:
    """The addons that count as enabled: of many, a pod must be listed, which may come later."""
    value = read(cluster_id)
    pending = value.get("pending_addons", {})
    return [name for name in value["addons"] if pending.get(name, 0) <= time.time()]


@contextmanager
def edited(cluster_id: str) -> Iterator[dict[str, Any]]:
    with files.edited_json(f"{folder(cluster_id)}/objects.json", empty()) as value:
        yield value


def destroy(cluster_id: str) -> None:
    import shutil

    shutil.rmtree(folder(cluster_id), ignore_errors=True)


def own_facts(role: str, version: str, address: str) -> Node:
    """What this host's kubelet says when it registers."""
    own = os.uname()
    return {
        "name": own.nodename.lower(),
        "address": address,
        "role": role,
        "version": version,
        "kernel": own.release,
        # A kubelet writes leases by its own clock, right or wrong.
        "images": host.this_host().images,
        "clock_offset": int(files.read(f"{paths.LAB}/clock-offset").strip() or 0),
    }


def register(cluster_id: str, facts: Node, *, is_new: bool) -> str:
    """Renew the node's lease and refresh its facts if they changed; return the problem.

    Only a kubelet that has just started makes the Node where there is none: one whose Node was
    deleted goes on without it.
    """
    name = str(facts["name"])
    known = read(cluster_id)["nodes"].get(name)
    if known is None and not is_new:
        return f'nodes "{name}" not found'
    if known is None or any(known.get(key) != value for key, value in facts.items()):
        with edited(cluster_id) as value:
            previous = value["nodes"].get(name) or _new_node(facts)
            value["nodes"][name] = previous | facts
    Lease(cluster_id).renew(name)
    return ""


def _new_node(facts: Node) -> Node:
    role = facts["role"]
    labels = {
        "kubernetes.io/hostname": facts["name"],
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "microk8s.io/cluster": "true",
        f"node.kubernetes.io/microk8s-{role}": f"microk8s-{role}",
    }
    return {
        "labels": labels,
        "annotations": {},
        "taints": [],
        "unschedulable": False,
        "uid": os.urandom(16).hex(),
        "created": time.time(),
    }
