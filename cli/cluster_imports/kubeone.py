"""Reads the file of KubeOne with static hosts: ``apiVersion: kubeone.k8c.io/v1beta3``."""

from collections.abc import Collection

from cli.cluster_imports.imported import (
    CONTROL_PLANE,
    DEDICATED,
    SSH_PORT,
    WORKER,
    Bastion,
    ImportedCluster,
    ImportedHost,
    address_of,
    channel_of,
    check_names,
    cluster_name,
    named,
    names_of,
    other_address,
)
from cli.cluster_imports.marks import labels_of, taints_of
from cli.cluster_imports.parts import Part

API_VERSIONS = ("kubeone.k8c.io/v1beta2", "kubeone.k8c.io/v1beta3")
"""They tell hosts alike."""
HOSTS = "controlPlane.hosts"


def read(whole: Part, *, name: str, channel: str) -> ImportedCluster:
    """Return the cluster; what is wrong with it is told, and so is what is left behind."""
    whole.text("kind")
    rows = list(whole.part("controlPlane").rows("hosts"))
    if not rows:
        whole.told.fault(
            whole.at("controlPlane"),
            f"cannot do without {HOSTS}: hosts that Terraform tells are not in the file, nor those "
            "of nodeSets; write them there",
        )
    rows.sort(key=lambda row: not row.truth("isLeader"))  # it forms the cluster
    workers = list(whole.part("staticWorkers").rows("hosts"))
    taken = names_of([*rows, *workers], "hostname")
    hosts = [_host(row, CONTROL_PLANE, place, taken) for place, row in enumerate(rows, 1)]
    hosts += [_host(row, WORKER, place, taken) for place, row in enumerate(workers, 1)]
    check_names(hosts, whole.told)
    return ImportedCluster(
        cluster_name(whole, "name", name),
        channel_of(whole.part("versions"), "kubernetes", channel),
        hosts,
    )


def _host(row: Part, role: str, place: int, taken: Collection[str]) -> ImportedHost:
    way = "publicAddress" if "publicAddress" in row else "privateAddress"
    address = address_of(row, way)
    labels = row.part("labels")
    return ImportedHost(
        name=named(row, "hostname", role, place, taken),
        role=role,
        address=address,
        port=row.port("sshPort", SSH_PORT),
        user=row.text("sshUsername") or "root",
        node_address=other_address(row, "privateAddress", address),
        bastion=_bastion(row),
        labels=labels_of(
            row.told,
            {key: labels.text(key) for key in labels.members},
            row.where("labels"),
            {key: labels.at(key) for key in labels.members},
        ),
        taints=_taints(row, role),
        places={"name": row.place("hostname"), "address": row.place(way)},
    )


def _bastion(row: Part) -> Bastion | None:
    if "bastion" not in row:
        return None
    return Bastion(
        address_of(row, "bastion"),
        row.port("bastionPort", SSH_PORT),
        row.text("bastionUser") or "root",
    )


def _taints(row: Part, role: str) -> list[str]:
    """Without a word of taints a control plane node runs no workloads; an empty list is a word."""
    if "taints" not in row:
        return [DEDICATED] if role == CONTROL_PLANE else []
    found = [
        (f"{taint.text('key')}={taint.text('value')}:{taint.text('effect')}", taint.line)
        for taint in row.rows("taints")
    ]
    return taints_of(row.told, found, row.where("taints"))
