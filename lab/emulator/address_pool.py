"""What MetalLB's script makes once its controller is available: the pool of addresses it lends."""

from collections.abc import Sequence
from typing import Any

from lab.emulator import objects

Json = dict[str, Any]
NAMESPACE = "metallb-system"
KINDS = ("IPAddressPool", "L2Advertisement")


def make(cluster: str, ranges: Sequence[str]) -> None:
    pool = {"addresses": list(ranges)}
    with objects.edited(cluster) as value:
        value["applied"] += [
            _object("IPAddressPool", "default-addresspool", pool),
            _object("L2Advertisement", "default-advertise-all-pools", {}),
        ]


def remove(cluster: str) -> None:
    """Remove the pools, whoever made them: their kinds go with the addon."""
    with objects.edited(cluster) as value:
        value["applied"] = [item for item in value["applied"] if item.get("kind") not in KINDS]


def _object(kind: str, name: str, spec: Json) -> Json:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "metallb.io/v1beta1", "kind": kind, "metadata": metadata, "spec": spec}
