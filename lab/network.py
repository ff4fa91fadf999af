"""The lab's network: a bridge with one port per host, cuts between ports, and delays."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence

from lab import uplink
from lab.errors import LabRefused
from lab.ip_command import ip_batch, last_line, unplug_port
from lab.spec import GATEWAY, HostSpec

OUTSIDE = "outside"


def make_bridge() -> None:
    """Make the bridge that all hosts are plugged into; its own address is their gateway."""
    ip_batch(
        "link set lo up",
        f"link add br0 address {_mac(0)} type bridge",
        f"address add {GATEWAY}/24 dev br0",
        "link set br0 up",
    )


def plug_in(hosts: Sequence[tuple[HostSpec, int]], networks: str) -> None:
    """Give each host, named by a process in its network namespace, a new cable to the bridge."""
    lines: list[str] = []
    card = _interface(networks)
    for host, pid in hosts:
        # A fixed address of the card: a host that comes back is still known to its peers.
        mac = _mac(host.index)
        lines += [
            f"link add {host.port} type veth peer name {card} address {mac} netns {pid}",
            f"link set {host.port} master br0 up",
            f"neighbour replace {host.address} lladdr {mac} dev br0 nud permanent",
        ]
    ip_batch(*lines)


def unplug(host: HostSpec) -> None:
    """Remove a host's cable; its peers get no answer at all, as from a machine without power."""
    unplug_port(host.port)


def inside_batch(host: HostSpec, networks: str) -> str:
    """The commands for ``ip -batch`` that a host runs itself when it starts."""
    card = _interface(networks)
    own = (
        f"address add {host.address}/24 dev {card}\n"
        f"link set {card} up\n"
        f"neighbour replace {GATEWAY} lladdr {_mac(0)} dev {card} nud permanent\n"
    )
    if networks == "one":
        return f"link set lo up\n{own}route add default via {GATEWAY}\n"
    return f"link set lo up\n{uplink.inside_batch(host, networks)}{own}"


def apply_cuts(cuts: Iterable[tuple[str, str]]) -> None:
    """Drop every frame from the first port to the second of each pair, and no others.

    The name ``outside`` stands for the bridge itself, which is how SSH from the machine comes in.
    """
    chains: dict[str, list[str]] = {"forward": [], "input": [], "output": []}
    for source, target in sorted(cuts):
        if target == OUTSIDE:
            chains["input"].append(f'iifname "{source}" drop')
        elif source == OUTSIDE:
            chains["output"].append(f'oifname "{target}" drop')
        else:
            chains["forward"].append(f'iifname "{source}" oifname "{target}" drop')
    rules = ["table bridge lab", "delete table bridge lab"]
    for hook, lines in chains.items():
        if lines:
            head = f"type filter hook {hook} priority 0; policy accept;"
            rules += ["table bridge lab {", f"chain {hook} {{", head, *lines, "}", "}"]
    done = subprocess.run(
        ["nft", "-f", "-"], input="\n".join(rules), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise LabRefused(f"cannot change the partition: nft said {done.stderr.strip()}")


def can_delay() -> bool:
    """Whether this kernel has netem, the queue that delays packets."""
    return _netem("lo", 1) == "" and _netem("lo", 0) == ""


def delay(host: HostSpec, milliseconds: int) -> None:
    """Add a delay to all that reaches a host, so to each of its round trips; 0 takes it away."""
    problem = _netem(host.port, milliseconds)
    if problem:
        raise LabRefused(
            f"cannot delay {host.name}: this kernel has no netem ({problem}); "
            "load the sch_netem module on the machine"
        )


def _netem(port: str, milliseconds: int) -> str:
    command = ["tc", "qdisc", "replace", "dev", port, "root", "netem", "delay"]
    command.append(f"{milliseconds}ms")
    if milliseconds == 0:
        command = ["tc", "qdisc", "del", "dev", port, "root"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return last_line(done.stderr) if done.returncode != 0 else ""


def _interface(networks: str) -> str:
    """The name, inside hosts, of their card in the lab's network."""
    return "eth0" if networks == "one" else "eth1"


def _mac(index: int) -> str:
    return f"02:4c:00:00:00:{index:02x}"
