"""Reads the file of k0sctl: ``apiVersion: k0sctl.k0sproject.io/v1beta1``."""

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
    if not rows:
        spec.told.fault(spec.at("hosts"), "cannot do without spec.hosts: name the hosts there")
    hosts = []
    counts = {CONTROL_PLANE: 0, WORKER: 0}
    for row in rows:
        role = _role(row)
        counts[role] += 1
        hosts.append(_host(row, role, counts[role]))
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
            row.at("role"), f"cannot use the role {said[:80]!r}: write one of {', '.join(ROLES)}"
        )
    return ROLES.get(said, WORKER)


def _host(row: Part, role: str, place: int) -> ImportedHost:
    ssh = row.part("openSSH" if "openSSH" in row else "ssh")
    if not ssh.members:
        row.told.fault(
            row.line, f"cannot reach {row.path}: Clusterwright reaches hosts by SSH; write its ssh"
        )
        return ImportedHost(f"host-{place}", role, "")
    address = address_of(ssh, "address")
    labels, taints = _flags(row)
    return ImportedHost(
        name=named(row, "hostname", role, place),
        role=role,
        address=address,
        port=ssh.number("port", SSH_PORT),
        user=ssh.text("user") or "root",
        node_address=other_address(row, "privateAddress", address),
        bastion=_bastion(ssh),
        labels=labels_of(row, labels, row.at("installFlags")),
        taints=[*_own_taints(row), *taints],
    )


def _bastion(ssh: Part) -> Bastion | None:
    if "bastion" not in ssh:
        return None
    row = ssh.part("bastion")
    return Bastion(address_of(row, "address"), row.number("port", 22), row.text("user") or "root")


def _own_taints(row: Part) -> list[str]:
    """Controllers run no workloads, unless they are workers without the taint, or single."""
    has_none = row.truth("noTaints")
    said = row.text("role")
    is_dedicated = said == "controller" or (said == "controller+worker" and not has_none)
    return [DEDICATED] if is_dedicated else []


def _flags(row: Part) -> tuple[dict[str, str], list[str]]:
    """Return labels and taints of the flags with which k0s is installed; others are noted."""
    found: dict[str, list[str]] = {flag: [] for flag in FLAGS}
    words = iter(_words(row.texts("installFlags")))
    for word in words:
        flag, equals, value = word.partition("=")
        if flag in found:
            value = value if equals else next(words, "")
            found[flag] += [one for one in value.strip("\"'").split(",") if one]
        elif word.startswith("-"):  # what stands behind it may be a secret
            row.told.note(row.at("installFlags"), f"the flag {flag[:80]} is not carried over")
    pairs = (label.partition("=") for label in found["--labels"])
    return {key: value for key, _, value in pairs}, [_taint(row, one) for one in found["--taints"]]


def _words(flags: list[str]) -> list[str]:
    """Return the flags, of which one may have its value behind a blank."""
    return [word for flag in flags for word in flag.split(" ", 1) if word]


def _taint(row: Part, text: str) -> str:
    key, colon, effect = text.rpartition(":")
    if not colon:
        row.told.fault(
            row.at("installFlags"), f"cannot use the taint {text[:80]!r}: write key=value:Effect"
        )
    return f"{key if '=' in key else f'{key}='}:{effect}"
