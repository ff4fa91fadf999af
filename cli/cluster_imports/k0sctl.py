"""Reads the file of k0sctl: ``apiVersion: k0sctl.k0sproject.io/v1beta1``."""

import shlex
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

API_VERSION = "k0sctl.k0sproject.io/v1beta1"
ROLES = {
    "controller": CONTROL_PLANE,
    "controller+worker": CONTROL_PLANE,
    "single": CONTROL_PLANE,
    "worker": WORKER,
}
FLAGS = ("--labels", "--taints")


def read(whole: Part, *, name: str, channel: str) -> ImportedCluster:
    """Return the cluster; what is wrong with it is told, and so is what is left behind."""
    whole.text("kind")
    spec = whole.part("spec")
    rows = list(spec.rows("hosts"))
    taken = names_of(rows, "hostname")
    if not rows:
        spec.told.fault(spec.at("hosts"), "cannot do without spec.hosts: name the hosts there")
    hosts = []
    counts = {CONTROL_PLANE: 0, WORKER: 0}
    for row in rows:
        role = _role(row)
        counts[role] += 1
        hosts.append(_host(row, role, counts[role], taken))
    check_names(hosts, whole.told)
    return ImportedCluster(
        cluster_name(whole.part("metadata"), "name", name),
        channel_of(spec.part("k0s"), "version", channel),
        sorted(hosts, key=lambda host: host.role == WORKER),
    )


def _role(row: Part) -> str:
    said = row.text("role")
    if said not in ROLES:
        row.told.fault(
            row.at("role"),
            f"cannot use the role {said[:80]!r} at {row.where('role')}: write one of "
            f"{', '.join(ROLES)}",
        )
    return ROLES.get(said, WORKER)


def _host(row: Part, role: str, place: int, taken: Collection[str]) -> ImportedHost:
    ssh = row.part("openSSH" if "openSSH" in row else "ssh")
    if not ssh.members:
        row.told.fault(
            row.line, f"cannot reach {row.path}: Clusterwright reaches hosts by SSH; write its ssh"
        )
        return ImportedHost("", role, "")
    address = address_of(ssh, "address")
    labels, taints = _flags(row)
    return ImportedHost(
        name=named(row, "hostname", role, place, taken),
        role=role,
        address=address,
        port=ssh.port("port", SSH_PORT),
        user=ssh.text("user") or "root",
        node_address=other_address(row, "privateAddress", address),
        bastion=_bastion(ssh),
        labels=labels,
        taints=[*_own_taints(row), *taints],
        places={"name": row.place("hostname"), "address": ssh.place("address")},
    )


def _bastion(ssh: Part) -> Bastion | None:
    if "bastion" not in ssh:
        return None
    row = ssh.part("bastion")
    return Bastion(
        address_of(row, "address"), row.port("port", SSH_PORT), row.text("user") or "root"
    )


def _own_taints(row: Part) -> list[str]:
    """Controllers run no workloads, unless they are workers without the taint, or single."""
    has_none = row.truth("noTaints")
    said = row.text("role")
    is_dedicated = said == "controller" or (said == "controller+worker" and not has_none)
    return [DEDICATED] if is_dedicated else []


def _flags(row: Part) -> tuple[dict[str, str], list[str]]:
    """Return labels and taints of the flags with which k0s is installed; others are noted."""
    found: dict[str, list[str]] = {flag: [] for flag in FLAGS}
    line, where = row.at("installFlags"), row.where("installFlags")
    words = iter(_words(row))
    for word in words:
        flag, equals, value = word.partition("=")
        if flag in found:
            value = value if equals else next(words, "")
            found[flag] += [one.strip() for one in value.split(",") if one.strip()]
        elif word.startswith("-"):  # what stands behind it may be a secret
            row.told.note(line, f"the flag {flag[:80]} is not carried over")
    pairs = [label.partition("=") for label in found["--labels"]]
    labels = {key: value for key, _, value in pairs}
    return (
        labels_of(row.told, labels, where, dict.fromkeys(labels, line)),
        taints_of(row.told, [(taint, line) for taint in found["--taints"]], where),
    )


def _words(row: Part) -> list[str]:
    """Return the words of the flags, as a shell has them: k0sctl hands them to one."""
    try:
        return shlex.split(" ".join(row.texts("installFlags")))
    except ValueError:
        where = row.where("installFlags")
        row.told.fault(
            row.at("installFlags"), f"cannot read {where}: a quote is open at its end; close it"
        )
        return []
