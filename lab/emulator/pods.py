"""The pods of one cluster, where they run, and the disruption budgets that keep them there.

Pods come of the cluster's network, of enabled addons and of objects that somebody applied. Each
stands on the first nodes that take pods; a node that is cordoned keeps its own until it is drained.
"""

import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from lab.emulator import addon_catalogue, faults, objects

Json = dict[str, Any]
CONTROLLERS = {"deployment": "ReplicaSet", "statefulset": "StatefulSet"}


class Placed(NamedTuple):
    """A pod, and under which key its home is stored."""

    key: str
    pod: Json

    @property
    def owner(self) -> str:
        owners = self.pod["metadata"]["ownerReferences"]
        return str(owners[0]["kind"]) if owners else ""

    @property
    def path(self) -> str:
        return f"{self.pod['metadata']['namespace']}/{self.pod['metadata']['name']}"


def listed(cluster: str) -> list[Json]:
    return [placed.pod for placed in _placed(cluster)]


def on_node(cluster: str, node: str) -> list[Placed]:
    """The pods of a node that a drain is about."""
    return [
        placed
        for placed in _placed(cluster)
        if placed.owner != "DaemonSet" and placed.pod["spec"].get("nodeName") == node
    ]


def keep_on(cluster: str, node: str) -> None:
    """Have the pods of a node stay there, although it takes no new ones from now on."""
    keys = [placed.key for placed in on_node(cluster, node)]
    with objects.edited(cluster) as value:
        value.setdefault("homes", {}).update(dict.fromkeys(keys, node))


def evict(cluster: str, placed: Placed) -> None:
    """Move a pod to a node that takes pods; without one it is Pending, and one alone is gone."""
    usable = _usable(objects.read(cluster), objects.Lease(cluster))
    with objects.edited(cluster) as value:
        value.setdefault("homes", {})[placed.key] = usable[0] if usable else ""
        if not placed.owner:
            value["applied"] = [each for each in value["applied"] if not _is(each, placed)]


def _is(item: Json, placed: Placed) -> bool:
    name = placed.pod["metadata"]["name"]
    return str(item["kind"]).lower() == "pod" and item["metadata"]["name"] == name


def budgets(cluster: str) -> list[Json]:
    """The disruption budgets, with how many pods each lets go now."""
    found = []
    for item in _applied(cluster):
        if str(item["kind"]).lower() != "poddisruptionbudget":
            continue
        spec = item.get("spec", {})
        healthy = sum(
            pod["status"]["containerStatuses"][0]["ready"]
            for pod in listed(cluster)
            if is_kept_by(item, pod)
        )
        allowed = healthy - spec.get("minAvailable", 1)
        if "maxUnavailable" in spec:
            allowed = spec["maxUnavailable"]
        metadata = {"namespace": "default"} | item["metadata"]
        status = {"disruptionsAllowed": max(0, allowed)}
        found.append(item | {"metadata": metadata, "status": status})
    return found


def is_kept_by(budget: Json, pod: Json) -> bool:
    """Whether the budget selects the pod."""
    wanted = budget.get("spec", {}).get("selector", {}).get("matchLabels", {})
    namespace = budget["metadata"].get("namespace", "default")
    metadata = pod["metadata"]
    return bool(namespace == metadata["namespace"] and wanted.items() <= metadata["labels"].items())


def _placed(cluster: str) -> list[Placed]:
    value, lease = objects.read(cluster), objects.Lease(cluster)
    names = sorted(value["nodes"])
    found = [_of_daemon_set("calico-node", "kube-system", name, lease) for name in names]
    if names:
        controller = "calico-kube-controllers-5c7f6d8b9-x2x7q"
        found.append(_of_workload(value, lease, ("kube-system", controller, "ReplicaSet")))
    for name in objects.visible_addons(cluster):
        addon = next((a for a in addon_catalogue.ADDONS if a.name == name), None)
        found.extend(_of_addon(value, lease, addon) if addon and names else [])
    for item in _applied(cluster):
        found.extend(_of_applied(value, lease, item) if names else [])
    return found


def _of_daemon_set(app: str, namespace: str, home: str, lease: objects.Lease) -> Placed:
    name = f"{app}-{_suffix(home)}"
    return Placed(f"{namespace}/{name}", _pod(name, namespace, home, lease, "DaemonSet"))


def _of_addon(value: Json, lease: objects.Lease, addon: addon_catalogue.Addon) -> Iterator[Placed]:
    for kind in addon.pods:
        if kind == "speaker":
            for name in sorted(value["nodes"]):
                yield _of_daemon_set("speaker", addon.namespace, name, lease)
            continue
        key = f"{addon.namespace}/{kind}-{_suffix(kind + addon.name)}"
        home = _home(value, lease, key)
        # Another pod of the same set has another name.
        name = f"{key.partition('/')[2]}-{_suffix(home)}"
        yield Placed(key, _pod(name, addon.namespace, home, lease, "ReplicaSet"))


def _of_applied(value: Json, lease: objects.Lease, item: Json) -> Iterator[Placed]:
    kind, name = str(item["kind"]).lower(), str(item["metadata"]["name"])
    namespace = str(item["metadata"].get("namespace") or "default")
    spec = item.get("spec", {})
    if kind == "pod":
        labels = item["metadata"].get("labels", {})
        yield _of_workload(value, lease, (namespace, name, ""), spec.get("nodeName", ""), labels)
    elif kind in CONTROLLERS:
        labels = spec.get("selector", {}).get("matchLabels", {"app": name})
        for place in range(spec.get("replicas", 1)):
            pod = (namespace, f"{name}-{place}", CONTROLLERS[kind])
            yield _of_workload(value, lease, pod, "", labels, place)


def _of_workload(
    value: Json,
    lease: objects.Lease,
    pod: tuple[str, str, str],
    home: str = "",
    labels: dict[str, str] | None = None,
    place: int = 0,
) -> Placed:
    namespace, name, owner = pod
    key = f"{namespace}/{name}"
    home = home or _home(value, lease, key, place)
    made = _pod(name, namespace, home, lease, owner)
    if labels is not None:
        made["metadata"]["labels"] = labels
    return Placed(key, made)


def _applied(cluster: str) -> list[Json]:
    """What was applied, and what the fault `pdb-blocks-drain` stands for."""
    value = objects.read(cluster)
    found: list[Json] = list(value["applied"])
    if faults.exists("pdb-blocks-drain"):
        selector, count = {"matchLabels": {"app": "app"}}, len(value["nodes"])
        metadata = {"name": "app", "namespace": "default"}
        found += [
            {"kind": "StatefulSet", "metadata": metadata}
            | {"spec": {"replicas": count, "selector": selector}},
            {"kind": "PodDisruptionBudget", "metadata": metadata}
            | {"spec": {"minAvailable": count, "selector": selector}},
        ]
    return found


def _home(value: Json, lease: objects.Lease, key: str, place: int = 0) -> str:
    stored = value.get("homes", {}).get(key)
    if stored in value["nodes"]:
        return str(stored)
    usable = _usable(value, lease)
    if stored == "" and not usable:
        return ""
    able = usable or sorted(value["nodes"])
    return able[place % len(able)]


def _usable(value: Json, lease: objects.Lease) -> list[str]:
    nodes = value["nodes"]
    return [n for n in sorted(nodes) if not nodes[n]["unschedulable"] and lease.is_fresh(n)]


def _suffix(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"[:5]


def _pod(name: str, namespace: str, home: str, lease: objects.Lease, owner: str) -> Json:
    ready = bool(home) and lease.is_fresh(home)
    app = name.rsplit("-", 1 if owner in ("DaemonSet", "StatefulSet") else 2)[0]
    owners = [{"kind": owner, "name": app, "controller": True}] if owner else []
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"k8s-app": "kube-dns" if app == "coredns" else app},
            "ownerReferences": owners,
        },
        "spec": ({"nodeName": home} if home else {}) | {"containers": [{"name": app}]},
        "status": {
            "phase": "Running" if home else "Pending",
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [{"name": app, "ready": ready, "restartCount": 0}],
        },
    }
