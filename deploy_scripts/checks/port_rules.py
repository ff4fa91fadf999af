"""What preflight has to say about ports that MicroK8s binds, and what holds them. Pure."""

import shlex
from collections import defaultdict
from collections.abc import Iterator

from cluster.findings import Finding
from deploy_scripts.checks.host_facts import HostFacts
from deploy_scripts.checks.verdicts import refuse

BOUND = {
    "16443/tcp": "the Kubernetes API",
    "19001/tcp": "the datastore",
    "25000/tcp": "the cluster agent",
    "10250/tcp": "the kubelet",
    "10257/tcp": "the controller manager",
    "10259/tcp": "the scheduler",
    "4789/udp": "the pods' network",
    "10248/tcp": "the kubelet's health",
    "10249/tcp": "kube-proxy's metrics",
    "10256/tcp": "kube-proxy's health",
    "1338/tcp": "containerd's metrics",
    "9099/tcp": "Calico's health",
}
"""Each port and its purpose. A worker is a control plane node by itself until it has joined, so its
ports are the same; and a listener on loopback alone is enough to keep MicroK8s from binding."""
ONLY_STATUS = frozenset({"10248/tcp", "10249/tcp", "10256/tcp", "1338/tcp", "9099/tcp"})
"""Ports whose loss is a pity, and no more."""
NAMED = 5


def judge_ports(name: str, facts: HostFacts) -> Iterator[Finding]:
    """Yield what holds the ports; MicroK8s does not stand in its own way."""
    if facts.role != "not-installed":
        return
    yield from _leftovers(name, facts)
    # The kernel's own listener of a device has no program, and is told with its device.
    devices = {f"{device.port}/udp" for device in facts.devices}
    held: defaultdict[str, list[str]] = defaultdict(list)
    for port in BOUND:
        program = facts.listening.get(port)
        if program or (program is not None and port not in devices):
            held[program].append(port)
    for program, ports in held.items():
        yield _in_use(name, program, ports)


def _in_use(name: str, program: str, ports: list[str]) -> Finding:
    listed = " and ".join(f"{port} ({BOUND[port]})" for port in ports)
    many = len(ports) > 1
    numbers = " or ".join(f"sport = :{port.split('/')[0]}" for port in ports)
    return refuse(
        name,
        "port-in-use",
        f"{name} needs port{'s' if many else ''} {listed} for MicroK8s, and "
        f"{program or 'another program'} listens there",
        f"stop it on {name}, or let it listen elsewhere; ss -lntup '{numbers}' shows it",
        acceptable=ONLY_STATUS.issuperset(ports),
        measured=ports,
    )


def _leftovers(name: str, facts: HostFacts) -> Iterator[Finding]:
    if not facts.devices:
        return
    devices = [
        device.name + (f" (VXLAN, UDP port {device.port})" if device.port else "")
        for device in facts.devices[:NAMED]
    ]
    more = len(facts.devices) - NAMED
    names = " ".join(shlex.quote(device.name) for device in facts.devices)
    command = "sudo ip link delete " + names
    if len(facts.devices) > 1:
        command = f'for device in {names}; do sudo ip link delete "$device"; done'
    yield refuse(
        name,
        "network-leftovers",
        f"{name} still has network devices of another container network: {', '.join(devices)}"
        + (f" and {more} more" if more > 0 else ""),
        f"if nothing uses them, delete them on {name}: {command}",
        acceptable=True,
        measured=[device.name for device in facts.devices],
    )
