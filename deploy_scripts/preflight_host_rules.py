"""What preflight has to say about one host by itself. Pure."""

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping

from deploy_scripts.findings import Finding
from deploy_scripts.host_facts import Address, HostFacts
from deploy_scripts.preflight_hardware_rules import judge_hardware
from deploy_scripts.preflight_policy import Policy
from deploy_scripts.preflight_verdicts import inform, refuse, warn
from deploy_scripts.probe_network import PORTS

SNAPD_LEAST = (2, 58)
"""The first snapd that can hold a snap's refreshes for ever."""
HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
BAD_NAMES = frozenset({"localhost", "ubuntu"})
CLUSTER_NETWORKS = tuple(map(ipaddress.IPv4Network, ("10.1.0.0/16", "10.152.183.0/24")))
"""Where MicroK8s puts pods and services."""
CLUSTERED = frozenset({"control-plane", "worker"})


def judge_host(
    name: str, facts: HostFacts, *, policy: Policy, role: str, address: str, ours: Collection[str]
) -> Iterator[Finding]:
    """Yield the findings about one host; ``ours`` are the node addresses of this cluster."""
    for rule in (_sudo, _snapd, _name, _time, _proxy, _foreign):
        yield from rule(name, facts)
    yield from judge_hardware(name, facts, policy)
    yield from _network(name, facts, policy, address)
    yield from _membership(name, facts, role, ours)
    yield from _ports(name, facts, role)
    yield from _unknown(name, facts, address)


def _sudo(name: str, facts: HostFacts) -> Iterator[Finding]:
    if facts.sudo == "missing":
        yield refuse(name, "no-sudo", f"{name} has no sudo", f"install sudo on {name}")
    elif facts.sudo != "yes":
        yield refuse(
            name,
            "no-sudo",
            f"{name} does not let its user act as root without a password: {facts.sudo}",
            f"allow it on {name}: USER ALL=(ALL) NOPASSWD: ALL in /etc/sudoers.d/, "
            "or name another user for the host",
        )


def _snapd(name: str, facts: HostFacts) -> Iterator[Finding]:
    if not facts.snapd:
        message = f"{name} has no working snapd, and MicroK8s is a snap"
        yield refuse(name, "no-snapd", message, f"install it on {name}: apt-get install snapd")
        return
    numbers = tuple(int(number) for number in re.findall(r"\d+", facts.snapd)[:2])
    if numbers and numbers < SNAPD_LEAST:
        yield refuse(
            name,
            "snapd-too-old",
            f"{name} has snapd {facts.snapd}, which cannot hold MicroK8s at its version",
            f"bring it to 2.58 or newer on {name}: snap install snapd, or apt-get install snapd",
            measured=facts.snapd,
            needed="2.58",
        )


def _name(name: str, facts: HostFacts) -> Iterator[Finding]:
    hostname = facts.hostname
    if not hostname or facts.role in CLUSTERED:
        return
    if hostname in BAD_NAMES or len(hostname) > 253 or not HOST_NAME.fullmatch(hostname):
        yield refuse(
            name,
            "host-name-invalid",
            f"{name} calls itself {hostname!r}, which cannot be a node's name",
            f"give it a name of lower-case letters, digits and hyphens, before MicroK8s is "
            f"installed: hostnamectl set-hostname {name}",
            measured=hostname,
        )
    if facts.hostname_file and facts.hostname_file != hostname:
        yield warn(
            name,
            "host-name-unstable",
            f"{name} calls itself {hostname} now and will be {facts.hostname_file} after a reboot",
            f"set one name: hostnamectl set-hostname {hostname}",
            measured=facts.hostname_file,
            needed=hostname,
        )


def _time(name: str, facts: HostFacts) -> Iterator[Finding]:
    if facts.synchronised is False:
        yield warn(
            name,
            "no-time-sync",
            f"{name}'s clock is not synchronised",
            f"check chrony or systemd-timesyncd on {name}: timedatectl set-ntp true",
        )


def _proxy(name: str, facts: HostFacts) -> Iterator[Finding]:
    if facts.proxy and not facts.no_proxy:
        yield warn(
            name,
            "proxy-without-no-proxy",
            f"{name} sends its web traffic to a proxy, also that between nodes",
            f"set NO_PROXY in /etc/environment on {name} to the nodes' addresses, 10.1.0.0/16, "
            "10.152.183.0/24, localhost, .svc and .cluster.local",
        )


def _foreign(name: str, facts: HostFacts) -> Iterator[Finding]:
    if facts.foreign:
        yield refuse(
            name,
            "kubernetes-leftovers",
            f"{name} holds files of another Kubernetes: {', '.join(facts.foreign)}",
            "uninstall what owns them, then remove them",
            acceptable=True,
            measured=list(facts.foreign),
        )


def _network(name: str, facts: HostFacts, policy: Policy, address: str) -> Iterator[Finding]:
    if facts.default_route is False:
        yield refuse(
            name,
            "no-default-route",
            f"{name} has no default route, and MicroK8s finds its address by that",
            f"add one on {name}; a host without internet may use a dummy route",
            acceptable=True,
        )
    yield from _overlap(name, facts)
    own = _own(facts, address)
    if own is None:
        if facts.addresses:
            has = ", ".join(a.address for a in facts.addresses if a.interface != "lo")
            yield refuse(
                name,
                "address-missing",
                f"{name} does not have its node address {address}; it has {has or 'none'}",
                f"correct the node_address of {name} in the inventory",
                measured=has,
                needed=address,
            )
        return
    if own.dynamic:
        yield warn(
            name,
            "address-dynamic",
            f"{name}'s address {address} is lent by DHCP, and a node must never change its address",
            f"give {name} a fixed address, or reserve this one for it",
        )
    speed = facts.speeds.get(own.interface)
    if speed is not None and speed < policy.link:
        yield warn(
            name,
            "link-slow",
            f"{name}'s link {own.interface} runs at {speed} Mbit/s; {policy.link} are recommended",
            "use a faster link",
            measured=speed,
            needed=policy.link,
        )


def _own(facts: HostFacts, address: str) -> Address | None:
    return next((own for own in facts.addresses if own.address == address), None)


def _overlap(name: str, facts: HostFacts) -> Iterator[Finding]:
    """A network of the host's own where pods or services will be; not MicroK8s' own routes."""
    if facts.role != "not-installed":
        return
    networks = {ipaddress.IPv4Network(route, strict=False) for route in facts.networks}
    networks |= {own.network for own in facts.addresses}
    # Half of the internet is a VPN's way of being the default route.
    narrow = (network for network in networks if network.prefixlen >= 8)
    taken = sorted(str(n) for n in narrow if any(n.overlaps(ours) for ours in CLUSTER_NETWORKS))
    if taken:
        yield refuse(
            name,
            "network-overlap",
            f"{name} uses {', '.join(taken)}, where MicroK8s puts pods (10.1.0.0/16) and services "
            "(10.152.183.0/24)",
            "renumber that network, or give MicroK8s others by a launch configuration",
            acceptable=True,
            measured=taken,
        )


def _membership(name: str, facts: HostFacts, role: str, ours: Collection[str]) -> Iterator[Finding]:
    strangers = sorted(set(facts.peers) - set(ours))
    if facts.role in CLUSTERED and strangers:
        yield refuse(
            name,
            "other-cluster",
            f"{name} is a {facts.role} node of a cluster with {', '.join(strangers)}",
            f"remove {name} from that cluster first, or leave it out",
            measured=list(facts.peers),
        )
    elif facts.role in CLUSTERED and facts.role != role:
        yield refuse(
            name,
            "wrong-role",
            f"{name} is already a {facts.role} node and should be a {role}",
            f"remove {name} from the cluster first, or ask for the role that it has",
            measured=facts.role,
            needed=role,
        )
    elif facts.role in CLUSTERED:
        yield inform(name, "already-node", f"{name} is already a node of this cluster", "")
    elif facts.role in {"half-joined", "joining"}:
        yield warn(
            name,
            "half-joined",
            f"{name} was joining a cluster when that was interrupted, or is joining now",
            "the join step cleans it and joins it anew",
        )
    elif facts.role == "stopped":
        yield warn(
            name,
            "microk8s-stopped",
            f"MicroK8s {facts.channel} is installed on {name}, and stopped",
            f"start it: microk8s start on {name}",
        )
    elif facts.role == "standalone":
        message = f"MicroK8s {facts.channel} is already installed on {name}, alone"
        yield inform(name, "microk8s-installed", message, "it is used if its channel fits")


def _ports(name: str, facts: HostFacts, role: str) -> Iterator[Finding]:
    if facts.role != "not-installed":
        return
    taken: Mapping[str, str] = {
        port: facts.listening[port] for port in PORTS[role] if port in facts.listening
    }
    for port, program in taken.items():
        yield refuse(
            name,
            "port-in-use",
            f"port {port} of {name} is taken by {program or 'another program'}",
            f"stop what listens there: ss -lnp 'sport = :{port.split('/')[0]}' on {name}",
            measured=port,
        )


def _unknown(name: str, facts: HostFacts, address: str) -> Iterator[Finding]:
    own = _own(facts, address)
    known = {
        "CPU cores": facts.cpus,
        "memory": facts.memory,
        "disk size": facts.disk_size,
        "kind of disk": facts.rotational,
        "link speed": facts.speeds.get(own.interface) if own else "",
        "time synchronisation": facts.synchronised,
        "machine id": facts.machine_id or None,
        "addresses": facts.addresses or None,
        "clock": facts.clock,
    }
    missing = [what for what, value in known.items() if value is None]
    if missing:
        message = f"{name} does not tell its {', '.join(missing)}: not checked"
        yield inform(name, "not-measured", message, "check it yourself", measured=missing)
