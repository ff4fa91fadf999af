"""Reads the file of KubeOne with static hosts: ``apiVersion: kubeone.k8c.io/v1beta2``."""

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
    labels_of,
    named,
    other_address,
)
from cli.cluster_imports.parts import Part

API_VERSION = "kubeone.k8c.io/v1beta2"
HOSTS = "controlPlane.hosts"


def read(whole: Part, *, name: str, channel: str) -> ImportedCluster:
    """Return the cluster; what is wrong with it is told, and so is what is left behind."""
    whole.text("kind")
    rows = list(whole.part("controlPlane").rows("hosts"))
    if not rows:
        whole.told.fault(
            whole.at("controlPlane"),
            f"cannot do without {HOSTS}: hosts that Terraform tells are not in the file; write "
            "them there",
        )
    rows.sort(key=lambda row: not row.truth("isLeader"))  # it forms the cluster
    hosts = [_host(row, CONTROL_PLANE, place) for place, row in enumerate(rows, 1)]
    workers = whole.part("staticWorkers").rows("hosts")
    hosts += [_host(row, WORKER, place) for place, row in enumerate(workers, 1)]
    check_names(hosts, whole.told)
    return ImportedCluster(
        cluster_name(whole, "name", name),
        channel_of(whole.part("versions"), "kubernetes", channel),
        hosts,
    )


def _host(row: Part, role: str, place: int) -> ImportedHost:
    has_public = "publicAddress" in row
    address = address_of(row, "publicAddress" if has_public else "privateAddress")
    return ImportedHost(
        name=named(row, "hostname", role, place),
        role=role,
        address=address,
        port=row.number("sshPort", SSH_PORT),
        user=row.text("sshUsername") or "root",
        node_address=other_address(row, "privateAddress", address),
        bastion=_bastion(row),
        labels=labels_of(row, row.mapping("labels"), row.at("labels")),
        taints=_taints(row, role),
    )


def _bastion(row: Part) -> Bastion | None:
    if "bastion" not in row:
        return None
    return Bastion(
        address_of(row, "bastion"),
        row.number("bastionPort", SSH_PORT),
        row.text("bastionUser") or "root",
    )


def _taints(row: Part, role: str) -> list[str]:
    """Without a word of taints a control plane node runs no workloads; an empty list is a word."""
    if "taints" not in row:
        return [DEDICATED] if role == CONTROL_PLANE else []
    return [
        f"{taint.text('key')}={taint.text('value')}:{taint.text('effect')}"
        for taint in row.rows("taints")
    ]
