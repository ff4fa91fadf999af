"""Three hosts that nothing is to be said of, to be changed in one respect."""

from dataclasses import replace
from typing import Any

from cluster.findings import Finding
from deploy_scripts.checks.host_facts import Address, Clock, HostFacts, Route
from deploy_scripts.checks.policy import GIB
from deploy_scripts.checks.probe_network import Probe
from deploy_scripts.checks.rules import judge

ADDRESSES = {"n1": "10.0.0.11", "n2": "10.0.0.12", "n3": "10.0.0.13"}
CONTROL_PLANE = dict.fromkeys(ADDRESSES, "control-plane")
PORTS = ("16443/tcp", "25000/tcp", "19001/tcp", "10250/tcp", "4789/udp")


def fit(name: str, **changes: Any) -> HostFacts:
    facts = HostFacts(
        python="/usr/bin/python3",
        hostname=name,
        hostname_file=name,
        machine_id=f"machine-{name}",
        product_uuid=f"uuid-{name}",
        os="ubuntu 24.04",
        architecture="x86_64",
        cpus=8,
        memory=32 * GIB,
        disk_size=250 * GIB,
        disk_available=240 * GIB,
        rotational=False,
        addresses=(Address("lo", "127.0.0.1", 8), Address("eth0", ADDRESSES[name], 24)),
        inodes=16_000_000,
        inodes_free=15_000_000,
        routes=(Route("default", "eth0"), Route("10.0.0.0/24", "eth0", ADDRESSES[name])),
        ways={
            address: Route(address, "eth0", ADDRESSES[name])
            for peer, address in ADDRESSES.items()
            if peer != name
        },
        memory_cgroup=True,
        modprobe=True,
        speeds={"eth0": 10_000},
        snapd="2.63",
        listening={"22/tcp": "sshd"},
        synchronised=True,
        resolves={
            peer: address if peer != name else "127.0.1.1" for peer, address in ADDRESSES.items()
        },
        clock=Clock(-0.01, 0.01),
    )
    return replace(facts, **changes)


def measured(**changes: Probe) -> dict[str, Probe]:
    open_ports = dict.fromkeys(PORTS, "open")
    return {
        name: Probe(
            listening=open_ports,
            reached={peer: open_ports for peer in ADDRESSES if peer != name},
            round_trips={peer: (0.2, 0.3) for peer in ADDRESSES if peer != name},
        )
        for name in ADDRESSES
    } | changes


def judged(policy: str = "production", **changes: Any) -> tuple[Finding, ...]:
    """The findings about three fit hosts of which the first is changed."""
    facts = {"n1": fit("n1", **changes), "n2": fit("n2"), "n3": fit("n3")}
    return judge(facts, CONTROL_PLANE, policy, addresses=ADDRESSES, probes=measured())


def joining(roles: dict[str, str] = CONTROL_PLANE, **changes: Any) -> tuple[Finding, ...]:
    """The findings about three fit hosts of which the second, which joins, is changed."""
    facts = {"n1": fit("n1"), "n2": fit("n2", **changes), "n3": fit("n3")}
    return judge(facts, roles, "production", addresses=ADDRESSES)


def verdicts(findings: tuple[Finding, ...]) -> list[tuple[str, str, bool]]:
    return [(str(each.severity), each.code, each.acceptable) for each in findings]
