"""Kubernetes objects as the API prints them: nodes, leases and endpoints of one cluster."""

import time
from typing import Any

from lab.emulator import api, api_endpoints, objects

Json = dict[str, Any]
MAX_IMAGES = 50


def stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def node(name: str, stored: Json, lease: objects.Lease) -> Json:
    labels = dict(sorted(stored["labels"].items()))
    spec: Json = {}
    if stored["unschedulable"]:
        spec["unschedulable"] = True
    if taints(stored):
        spec["taints"] = taints(stored)
    metadata = {
        "name": name,
        "labels": labels,
        "annotations": stored["annotations"],
        "uid": stored["uid"],
        "creationTimestamp": stamp(stored["created"]),
    }
    status = _node_status(name, stored, lease)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": metadata,
        "spec": spec,
        "status": status,
    }


def taints(stored: Json) -> list[Json]:
    shown = list(stored["taints"])
    if stored["unschedulable"]:
        shown.append({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"})
    return shown


def _node_status(name: str, stored: Json, lease: objects.Lease) -> Json:
    return {
        "addresses": [
            {"type": "InternalIP", "address": stored["address"]},
            {"type": "Hostname", "address": name},
        ],
        "conditions": _conditions(name, stored, lease),
        "images": _images(int(stored.get("images", 0))),
        "capacity": {"cpu": "4", "memory": "8388608Ki", "pods": "110"},
        "nodeInfo": {
            "machineID": stored["machine"],
            "kubeletVersion": stored["version"],
            "kubeProxyVersion": stored["version"],
            "containerRuntimeVersion": "containerd://1.6.28",
            "osImage": "MicroK8s lab host",
            "operatingSystem": "linux",
            "architecture": "amd64",
            "kernelVersion": stored["kernel"],
        },
    }


def _conditions(name: str, stored: Json, lease: objects.Lease) -> list[Json]:
    is_fresh = lease.is_fresh(name)
    usual = "False" if is_fresh else "Unknown"
    kinds = [("MemoryPressure", usual), ("DiskPressure", usual), ("PIDPressure", usual)]
    kinds += [("NetworkUnavailable", "False"), ("Ready", "True" if is_fresh else "Unknown")]
    reason = "KubeletReady" if is_fresh else "NodeStatusUnknown"
    # A kubelet whose state does not change writes its status every five minutes.
    heard = stamp((_renewed(name, stored, lease) or stored["created"]) // 300 * 300)
    common = {"lastHeartbeatTime": heard, "reason": reason}
    return [{"type": kind, "status": status} | common for kind, status in kinds]


def _renewed(name: str, stored: Json, lease: objects.Lease) -> float | None:
    """When the node renewed its lease last, by its own clock."""
    renewed = lease.renewed(name)
    return None if renewed is None else renewed + stored.get("clock_offset", 0)


def leases(cluster: str) -> list[Json]:
    """The leases by which the nodes' kubelets say that they live."""
    lease = objects.Lease(cluster)
    stored = objects.read(cluster)["nodes"]
    times = {name: _renewed(name, stored[name], lease) for name in sorted(stored)}
    return [_lease(name, renewed) for name, renewed in times.items() if renewed is not None]


def _lease(name: str, renewed: float) -> Json:
    renew_time = f"{stamp(renewed)[:-1]}.{int(renewed % 1 * 1_000_000):06d}Z"
    spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": renew_time}
    metadata = {"name": name, "namespace": "kube-node-lease"}
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": metadata,
        "spec": spec,
    }


def endpoints(cluster: str) -> Json:
    """Where the API servers are, as they say themselves."""
    addresses = [{"ip": address} for address in api_endpoints.known(cluster)]
    ports = [{"name": "https", "port": api.PORT, "protocol": "TCP"}]
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": {}},
        "subsets": [{"addresses": addresses, "ports": ports}] if addresses else [],
    }


def _images(count: int) -> list[Json]:
    """The images of a node as its status lists them, which makes it long."""
    found = []
    for number in range(min(count, MAX_IMAGES)):
        name = f"registry.example/lab/image-{number:02d}"
        names = [f"{name}@sha256:{number:064x}", f"{name}:v1.0.{number}"]
        found.append({"names": names, "sizeBytes": 10_000_000 + number})
    return found


def nodes(cluster: str) -> list[Json]:
    lease = objects.Lease(cluster)
    stored = objects.read(cluster)["nodes"]
    return [node(name, stored[name], lease) for name in sorted(stored)]
