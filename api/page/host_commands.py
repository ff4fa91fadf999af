"""How somebody gets a host's key: lines to paste, because this process has no way to any host."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from api.page.terminal import ours
from cluster.spec import Host

OPTION_FIELDS = ("address", "port", "user", "ssh_key", "node_address", "jump", "site", "zone")
"""Fields of a host that the command line has options for."""
USUAL = {"port": 22, "ssh_key": "default", "site": "default"}
"""What these are when nothing is said."""


def scan_command(host: Mapping[str, Any], way: Sequence[Host]) -> str:
    """Return what asks a host for its key; ``way`` has the hosts before it, the nearest to it last.

    One behind others is asked from there: at its address as seen from here may stand another.
    """
    scan = shlex.join(("ssh-keyscan", "-t", "ed25519", "-p", str(host["port"]), host["address"]))
    if not way:
        return scan
    *through, last = way
    hops = ("-J", ",".join(f"{hop.user}@{hop.address}:{hop.port}" for hop in through))
    there = (*(hops if through else ()), "-p", str(last.port), f"{last.user}@{last.address}")
    return shlex.join(("ssh", *there, scan))


def add_command(host: Mapping[str, Any], way: Sequence[Host]) -> str:
    """Return what adds a host on the command line once its fingerprint was confirmed there."""
    options = [
        word
        for name in OPTION_FIELDS
        if host.get(name) and host[name] != USUAL.get(name)
        for word in (f"--{name.replace('_', '-')}", str(host[name]))
    ]
    for row in host.get("labels", {}).items():
        options += ("--label", "=".join(row))
    line = ours("hosts", "add", host["name"], *options)
    if not way:
        return f"{line} --scan"
    return f'{line} --host-key "$({scan_command(host, way)})"'
