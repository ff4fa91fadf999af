"""Files for whoever wants to reach a lab's hosts: ssh_config, known_hosts, a pyinfra inventory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lab.spec import OUTSIDE_PORT, HostSpec, LabSpec


def write_client_files(directory: Path, lab: LabSpec, host_keys: dict[str, str]) -> None:
    """Write the files beside the lab's key."""
    known_hosts = directory / "known_hosts"
    key = directory / "id_ed25519"
    known_hosts.write_text(
        "".join(f"[{host.outside}]:{OUTSIDE_PORT} {host_keys[host.name]}\n" for host in lab.hosts)
    )
    sections = (_section(lab, host, key, known_hosts) for host in lab.hosts)
    (directory / "ssh_config").write_text("\n".join(sections))
    (directory / "inventory.py").write_text(_inventory(_entries(lab, key, known_hosts)))


def exports(directory: Path, name: str, net: str) -> dict[str, str]:
    """The variables that ``clusterwright lab env`` prints."""
    return {
        "CLUSTERWRIGHT_LAB": name,
        "CLUSTERWRIGHT_LAB_NET": net,
        "CLUSTERWRIGHT_LAB_KEY": str(directory / "id_ed25519"),
        "CLUSTERWRIGHT_LAB_SSH_CONFIG": str(directory / "ssh_config"),
        "CLUSTERWRIGHT_LAB_KNOWN_HOSTS": str(directory / "known_hosts"),
        "CLUSTERWRIGHT_LAB_INVENTORY": str(directory / "inventory.py"),
    }


def _section(lab: LabSpec, host: HostSpec, key: Path, known_hosts: Path) -> str:
    return (
        f"Host {host.name}\n"
        f"  HostName {host.outside}\n"
        f"  Port {OUTSIDE_PORT}\n"
        f"  User {lab.setup.user}\n"
        f'  IdentityFile "{key}"\n'
        "  IdentitiesOnly yes\n"
        f'  UserKnownHostsFile "{known_hosts}"\n'
        "  StrictHostKeyChecking yes\n"
    )


def _entries(lab: LabSpec, key: Path, known_hosts: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    for host in lab.hosts:
        yield (
            host.name,
            {
                "ssh_hostname": host.outside,
                "ssh_port": OUTSIDE_PORT,
                "ssh_user": lab.setup.user,
                "ssh_key": str(key),
                "ssh_known_hosts_file": str(known_hosts),
                "ssh_strict_host_key_checking": "yes",
                "node_address": host.address,
            },
        )


def _inventory(entries: Iterable[tuple[str, dict[str, Any]]]) -> str:
    lines = "".join(f"    ({json.dumps(name)}, {json.dumps(data)}),\n" for name, data in entries)
    return f'"""The hosts of a running lab, for the pyinfra command."""\n\nhosts = [\n{lines}]\n'
