"""What preflight has to say about one host by itself. Pure."""

import re
from collections.abc import Iterator

from cluster.findings import Finding
from deploy_scripts.checks.address_rules import judge_addresses
from deploy_scripts.checks.channel_rules import judge_channel
from deploy_scripts.checks.hardware_rules import judge_hardware
from deploy_scripts.checks.host_facts import HostFacts
from deploy_scripts.checks.intent import CLUSTERED, Intent
from deploy_scripts.checks.membership_rules import judge_membership
from deploy_scripts.checks.node_names import fault_of
from deploy_scripts.checks.policy import policy_for
from deploy_scripts.checks.port_rules import judge_ports
from deploy_scripts.checks.proxy_rules import judge_proxy
from deploy_scripts.checks.system_rules import judge_system
from deploy_scripts.checks.verdicts import MOST_NAMED, inform, listed, refuse, warn

SNAPD_LEAST = (2, 58)
"""The first snapd that can hold a snap's refreshes for ever."""
VERSION = re.compile(r"(\d{1,6})(?:\.(\d{1,6}))?", re.ASCII)
BAD_NAMES = frozenset({"ubuntu"})
"""Which images give to every machine made from them."""


def judge_host(name: str, facts: HostFacts, intent: Intent) -> Iterator[Finding]:
    """Yield the findings about one host."""
    policy = policy_for(intent.policy, intent.roles[name])
    for rule in (_sudo, _snapd, _time, _foreign):
        yield from rule(name, facts)
    yield from _name(name, facts, intent)
    yield from judge_system(name, facts)
    yield from judge_proxy(name, facts, intent)
    yield from judge_hardware(name, facts, policy)
    yield from judge_addresses(name, facts, policy, intent)
    yield from judge_membership(name, facts, intent)
    yield from judge_ports(name, facts)
    yield from judge_channel(name, facts.channels, intent.channel)
    yield from _unknown(name, facts, intent.addresses[name])


def _sudo(name: str, facts: HostFacts) -> Iterator[Finding]:
    if "missing" in (facts.sudo, facts.root_sudo):
        yield refuse(name, "no-sudo", f"{name} has no sudo", f"install sudo on {name}")
    elif facts.sudo != "yes":
        yield refuse(
            name,
            "no-sudo",
            f"{name} does not let its user act as root without a password: {facts.sudo}",
            f"allow it on {name}: USER ALL=(ALL) NOPASSWD: ALL in /etc/sudoers.d/, "
            "or name another user for the host",
        )
    elif facts.root_sudo != "yes":
        yield refuse(
            name,
            "root-without-sudo",
            f"{name} does not let root use sudo, which all of MicroK8s' commands do: "
            f"{facts.root_sudo}",
            f"add this line on {name} with visudo -f /etc/sudoers.d/root: root ALL=(ALL:ALL) ALL",
            measured=facts.root_sudo,
        )


def _snapd(name: str, facts: HostFacts) -> Iterator[Finding]:
    if not facts.snapd:
        message = f"{name} has no working snapd, and MicroK8s is a snap"
        yield refuse(name, "no-snapd", message, f"install it on {name}: apt-get install snapd")
        return
    version = VERSION.match(facts.snapd)
    if version is None:
        yield refuse(
            name,
            "snapd-not-running",
            f"{name} has snap, but its snapd does not answer: snap version says {facts.snapd!r}",
            f"look at it on {name}: systemctl status snapd.socket snapd; start it: systemctl "
            "enable --now snapd.socket snapd",
            measured=facts.snapd,
            needed="2.58",
        )
    elif (int(version[1]), int(version[2] or 0)) < SNAPD_LEAST:
        yield refuse(
            name,
            "snapd-too-old",
            f"{name} has snapd {facts.snapd}, which cannot hold MicroK8s at its version",
            f"bring it to 2.58 or newer on {name}: snap install snapd, or apt-get install snapd",
            measured=facts.snapd,
            needed="2.58",
        )


def _name(name: str, facts: HostFacts, intent: Intent) -> Iterator[Finding]:
    hostname = facts.hostname
    if not hostname:
        return
    fault = fault_of(name, hostname, intent.addresses)
    if fault:
        yield refuse(name, fault.code, fault.message, fault.advice, measured=hostname, needed=name)
    if fault or facts.role in CLUSTERED:
        return
    if hostname in BAD_NAMES or hostname != hostname.lower():
        yield refuse(
            name,
            "host-name-invalid",
            f"{name} calls itself {hostname}, which cannot be a node's name",
            "give it a name of its own in lower-case letters, digits and hyphens, here and in the "
            "inventory, before MicroK8s is installed: hostnamectl set-hostname NAME",
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


def _foreign(name: str, facts: HostFacts) -> Iterator[Finding]:
    if facts.foreign:
        yield refuse(
            name,
            "kubernetes-leftovers",
            f"{name} holds files of another Kubernetes: {listed(facts.foreign)}",
            "uninstall what owns them, then remove them",
            acceptable=True,
            measured=list(facts.foreign[:MOST_NAMED]),
        )


def _unknown(name: str, facts: HostFacts, address: str) -> Iterator[Finding]:
    own = facts.own(address)
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
