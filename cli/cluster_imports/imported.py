"""A cluster as another tool's file tells it, and what both files of ours say of it; pure."""

import ipaddress
import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from cli.cluster_imports.parts import Part, Told
from cli.host_files.names import is_address

CONTROL_PLANE, WORKER = "control-plane", "worker"
DEDICATED = "node-role.kubernetes.io/control-plane=:NoSchedule"
SSH_PORT = 22
MOST_OF_A_ROLE = 10_000
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
VERSION = re.compile(r"v?(1\.[0-9]{2})(?:[.+-].*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bastion:
    """A host through which others are reached."""

    address: str
    port: int
    user: str


@dataclass(frozen=True, slots=True)
class ImportedHost:
    """A host and what it is to be."""

    name: str
    role: str
    address: str
    port: int = SSH_PORT
    user: str = "root"
    node_address: str = ""
    bastion: Bastion | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[str] = ()
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Path and line of what no two hosts may share."""


@dataclass(frozen=True, slots=True)
class ImportedCluster:
    """A cluster with its hosts, those of the control plane first."""

    name: str
    channel: str
    hosts: Sequence[ImportedHost]


def channel_of(part: Part, name: str, given: str) -> str:
    """Return the channel of a Kubernetes version, or the one that was ``given``."""
    version = part.text(name)
    if given:
        return given
    found = VERSION.fullmatch(version)
    if found is None:
        where = part.where(name)
        said = f"{version[:80]!r} at {where} is none of Kubernetes 1" if version else f"no {where}"
        part.told.fault(
            part.at(name), f"cannot tell the version: {said}; say --channel, as in 1.32/stable"
        )
        return ""
    return f"{found[1]}/stable"


def cluster_name(part: Part, name: str, given: str) -> str:
    """Return the cluster's name, or the one that was ``given``."""
    said = part.text(name)
    if not NAME.fullmatch(given or said):
        shown = repr((given or said)[:80])
        found = f"{shown} of --name" if given else f"{shown} at {part.where(name)}"
        part.told.fault(
            part.at(name),
            f"cannot use {found} as the cluster's name: say --name with a-z, 0-9 and '-' only",
        )
    return given or said


def address_of(part: Part, name: str) -> str:
    """Return an IPv4 address that has to be there."""
    address = part.text(name)
    try:
        return str(ipaddress.IPv4Address(address))
    except ValueError:
        where = part.where(name)
        way = "write the host's IPv4 address"
        if "$" in address:
            way = "fill in its variables first, as envsubst does"
        said = (
            f"cannot use {address[:80]!r} at {where}" if address else f"cannot do without {where}"
        )
        part.told.fault(part.at(name), f"{said}: {way}")
        return ""


def other_address(part: Part, name: str, address: str) -> str:
    """Return the address that other nodes use, where it is another one than SSH's."""
    if name not in part:
        return ""
    found = address_of(part, name)
    return "" if found == address else found


def names_of(rows: Sequence[Part], key: str) -> frozenset[str]:
    """Return what hosts call themselves, without a domain: no name that is made up is one."""
    return frozenset(row.text(key).partition(".")[0] for row in rows)


def named(part: Part, key: str, role: str, place: int, taken: Collection[str]) -> str:
    """Return a host's name: what it calls itself, without a domain, or one made up."""
    said = part.text(key)
    short, dot, _ = said.partition(".")
    if NAME.fullmatch(short) and not is_address(said):
        if dot:
            part.told.note(part.at(key), f"{said} is called {short} here, without its domain")
        return short
    start = "cp" if role == CONTROL_PLANE else "w"
    # In steps that no other host of the role comes to.
    numbers = itertools.count(place, len(taken) + MOST_OF_A_ROLE)
    made = next(name for number in numbers if (name := f"{start}-{number}") not in taken)
    why = f"{key} {said[:80]!r} is no name" if said else f"it has no {key}"
    part.told.note(
        part.at(key), f"{part.path} is called {made}, since {why}; write what uname -n says on it"
    )
    return made


def check_names(hosts: Sequence[ImportedHost], told: Told) -> None:
    """Note where two hosts have one name, or one address."""
    for what in ("name", "address"):
        seen: dict[str, ImportedHost] = {}
        for host in hosts:
            value = getattr(host, what)
            if value and (other := seen.setdefault(value, host)) is not host:
                path, line = host.places[what]
                told.fault(
                    line,
                    f"cannot use the {what} {value} at {path}: {other.places[what][0]} has it, "
                    "too; give each host its own",
                )


def cluster_file(cluster: ImportedCluster, environment: str, head: Sequence[str]) -> str:
    """Return the cluster's file, below ``head`` as comments."""
    whole = {
        "apiVersion": "clusterwright/v1",
        "name": cluster.name,
        "environment": environment,
        "channel": cluster.channel,
        "hosts": {host.name: _row(host) for host in cluster.hosts},
    }
    comments = "".join(f"# {' '.join(line.split())}\n" for line in head)
    return comments + _yaml(whole)


def hosts_file(cluster: ImportedCluster) -> str:
    """Return the hosts as ``clusterwright hosts import`` reads them, jump hosts among them."""
    jumps = _jumps(cluster.hosts)
    rows = {
        name: {"address": bastion.address, "port": bastion.port, "user": bastion.user}
        for bastion, name in jumps.items()
        if name not in {host.name for host in cluster.hosts}
    }
    for host in cluster.hosts:
        row: dict[str, Any] = {"address": host.address, "port": host.port, "user": host.user}
        if host.node_address:
            row["node_address"] = host.node_address
        if host.bastion:
            row["jump"] = jumps[host.bastion]
        rows[host.name] = row
    return _yaml({"hosts": rows})


def _jumps(hosts: Sequence[ImportedHost]) -> dict[Bastion, str]:
    """Return the names of the jump hosts: one that is a host of the cluster has that name."""
    known = {host.address: host.name for host in hosts}
    taken = {host.name for host in hosts}
    found: dict[Bastion, str] = {}
    for bastion in dict.fromkeys(host.bastion for host in hosts if host.bastion):
        place = len(found) + 1
        while f"bastion-{place}" in taken:
            place += 1
        found[bastion] = known.get(bastion.address, f"bastion-{place}")
        taken.add(found[bastion])
    return found


def _row(host: ImportedHost) -> dict[str, Any]:
    row: dict[str, Any] = {"role": host.role, "address": host.address}
    row |= {"labels": dict(host.labels), "taints": list(dict.fromkeys(host.taints))}
    return {name: value for name, value in row.items() if value}


def _yaml(document: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=1000)
