"""Every rule of preflight: a fit host, changed in one respect, and what is said of it."""

from dataclasses import replace
from typing import Any

import pytest
from fit_hosts import ADDRESSES, CONTROL_PLANE, PORTS, fit, judged, measured, verdicts

from cluster.findings import Finding, Severity
from deploy_scripts.checks.host_facts import Address, Clock, Device, HostFacts, Route
from deploy_scripts.checks.policy import GIB
from deploy_scripts.checks.probe_network import Probe
from deploy_scripts.checks.rules import judge
from deploy_scripts.prepare_hosts import MODULES

REFUSE, WARN, INFO = Severity.REFUSE, Severity.WARN, Severity.INFO
OUT, HERE = Route("default", "eth0"), Route("10.0.0.0/24", "eth0", "10.0.0.11")
PROXY = {"https_proxy": "http://proxy:3128"}


@pytest.mark.parametrize("policy", ["lab", "standard", "production"])
def test_nothing_is_said_of_fit_hosts(policy: str) -> None:
    assert judged(policy) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sudo": "missing"}, ("refuse", "no-sudo", False)),
        ({"sudo": "sudo: a password is required"}, ("refuse", "no-sudo", False)),
        ({"snapd": ""}, ("refuse", "no-snapd", False)),
        ({"snapd": "2.51.7"}, ("refuse", "snapd-too-old", False)),
        ({"snapd": "2.57"}, ("refuse", "snapd-too-old", False)),
        ({"cpus": 1}, ("refuse", "cpus-too-small", True)),
        ({"memory": 3 * GIB}, ("refuse", "memory-too-small", True)),
        ({"disk_size": 30 * GIB, "disk_available": 30 * GIB}, ("refuse", "disk-too-small", True)),
        ({"disk_available": 3 * GIB}, ("refuse", "disk-full", True)),
        ({"disk_available": 40 * GIB}, ("warn", "disk-nearly-full", False)),
        ({"rotational": True}, ("warn", "disk-rotational", False)),
        ({"speeds": {"eth0": 100}}, ("warn", "link-slow", False)),
        ({"hostname": "n2", "hostname_file": "n2"}, ("refuse", "host-name-duplicate", False)),
        ({"machine_id": "machine-n2"}, ("refuse", "machine-id-duplicate", True)),
        ({"product_uuid": "UUID-N2"}, ("warn", "product-uuid-duplicate", False)),
        ({"os": "debian 12"}, ("warn", "os-differs", False)),
        ({"architecture": "aarch64"}, ("info", "architecture-differs", False)),
        ({"routes": (HERE,)}, ("refuse", "no-default-route", True)),
        ({"routes": (OUT, Route("10.1.4.0/24", "tun0"))}, ("refuse", "network-overlap", True)),
        ({"routes": (OUT, Route("10.152.0.0/16", "tun0"))}, ("refuse", "network-overlap", True)),
        ({"routes": (HERE, Route("0.0.0.0/1", "tun0"))}, ("refuse", "no-default-route", True)),
        ({"synchronised": False}, ("warn", "no-time-sync", False)),
        ({"clock": Clock(-2.0, -1.5)}, ("refuse", "clock-skew", False)),
        ({"proxies": PROXY}, ("warn", "proxy-without-no-proxy", False)),
        ({"proxies": PROXY, "no_proxy": ("x",)}, ("warn", "no-proxy-incomplete", False)),
        ({"foreign": ("/var/lib/rancher/k3s",)}, ("refuse", "kubernetes-leftovers", True)),
        ({"listening": {"25000/tcp": "nginx"}}, ("refuse", "port-in-use", False)),
        ({"resolves": {"n2": "192.168.9.9"}}, ("warn", "name-resolves-wrongly", False)),
        ({"role": "half-joined", "ours": True}, ("warn", "half-joined", False)),
        ({"role": "joining", "ours": True}, ("warn", "half-joined", False)),
        ({"role": "stopped", "ours": True}, ("warn", "microk8s-stopped", False)),
        ({"role": "standalone", "ours": True}, ("info", "microk8s-installed", False)),
        ({"role": "worker", "ours": True}, ("refuse", "wrong-role", False)),
        ({"root_sudo": "root is not in sudoers"}, ("refuse", "root-without-sudo", False)),
        ({"root_sudo": "missing"}, ("refuse", "no-sudo", False)),
        ({"snapd": "unavailable"}, ("refuse", "snapd-not-running", False)),
        ({"snapd": "-"}, ("refuse", "snapd-not-running", False)),
        ({"inodes_free": 49_999}, ("refuse", "inodes-full", True)),
        ({"inodes_free": 1_500_000}, ("warn", "inodes-nearly-full", False)),
        ({"memory_cgroup": False}, ("refuse", "memory-cgroup-off", True)),
        ({"container": "lxc", "lacks": ("/dev/kmsg",)}, ("warn", "container", False)),
        ({"modprobe": False}, ("refuse", "no-kmod", True)),
        ({"modprobe": False, "modules": MODULES}, ("warn", "no-kmod", False)),
        ({"manage_etc_hosts": "true"}, ("warn", "cloud-init-hosts", False)),
        ({"manage_etc_hosts": "template"}, ("warn", "cloud-init-hosts", False)),
        ({"devices": (Device("cali1"),)}, ("refuse", "network-leftovers", True)),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value[1],
)
def test_each_fault_gets_its_own_finding(
    changes: dict[str, Any], expected: tuple[str, str, bool]
) -> None:
    assert verdicts(judged(**changes)) == [expected]


@pytest.mark.parametrize(
    "name", ["localhost", "N1", "N1.ab", "n_1", "-a", "n1." + "a" * 64, "n1..b"]
)
def test_a_name_that_kubernetes_cannot_use_is_refused(name: str) -> None:
    findings = judged(hostname=name, hostname_file=name)

    assert verdicts(findings) == [("refuse", "host-name-invalid", False)]


@pytest.mark.parametrize("role", ["not-installed", "standalone", "control-plane"])
@pytest.mark.parametrize(
    ("hostname", "code"),
    [
        ("api.snapcraft.io", "host-name-differs"),
        ("n1 vault.corp.example", "host-name-invalid"),
        ("n2.example.com", "host-name-duplicate"),
    ],
)
def test_a_host_may_not_call_itself_by_a_name_that_is_not_its_own(
    hostname: str, code: str, role: str
) -> None:
    [finding] = [f for f in judged(hostname=hostname, role=role, ours=True) if "name" in f.code]

    assert (finding.host, finding.code, finding.severity) == ("n1", code, REFUSE)
    assert not finding.acceptable


def test_the_name_that_images_give_to_every_machine_is_refused() -> None:
    facts = {"ubuntu": replace(fit("n1"), hostname="ubuntu", hostname_file="ubuntu")}
    addresses = {"ubuntu": ADDRESSES["n1"]}
    findings = judge(facts, {"ubuntu": "control-plane"}, "production", addresses=addresses)

    assert verdicts(findings) == [("refuse", "host-name-invalid", False)]


def test_two_hosts_of_one_name_are_each_told_their_own() -> None:
    facts = {name: fit(name, hostname="debian", hostname_file="debian") for name in ADDRESSES}
    findings = judge(facts, CONTROL_PLANE, "production", addresses=ADDRESSES, probes=measured())

    assert {(f.host, f.code) for f in findings} == {(n, "host-name-differs") for n in ADDRESSES}


def test_a_host_with_a_domain_is_no_other_host() -> None:
    assert judged(hostname="n1.example.com", hostname_file="n1.example.com") == ()


def test_a_host_that_will_change_its_name_is_warned_of() -> None:
    assert verdicts(judged(hostname_file="other")) == [("warn", "host-name-unstable", False)]


@pytest.mark.parametrize(
    ("policy", "cpus", "memory", "disk", "expected"),
    [
        ("lab", 2, 4, 40, []),
        ("lab", 2, 2, 20, ["memory-small", "disk-small"]),
        ("lab", 1, 1, 10, ["cpus-too-small", "memory-too-small", "disk-too-small"]),
        ("standard", 4, 8, 40, []),
        ("standard", 2, 4, 40, ["cpus-small", "memory-small"]),
        ("standard", 1, 2, 20, ["cpus-too-small", "memory-too-small", "disk-too-small"]),
        ("production", 4, 8, 64, ["cpus-small", "memory-small", "disk-small"]),
    ],
)
def test_hardware_is_held_to_the_policy(
    policy: str, cpus: int, memory: int, disk: int, expected: list[str]
) -> None:
    size = disk * GIB

    findings = judged(policy, cpus=cpus, memory=memory * GIB, disk_size=size, disk_available=size)

    assert [each.code for each in findings] == expected


def test_a_worker_may_have_a_smaller_disk_than_a_control_plane_node() -> None:
    facts = {"n1": fit("n1", disk_size=25 * GIB, disk_available=25 * GIB)}

    found = {
        role: [each.code for each in judge(facts, {"n1": role}, "standard", addresses=ADDRESSES)]
        for role in ("control-plane", "worker")
    }

    assert found == {"control-plane": ["disk-too-small"], "worker": ["disk-small"]}


def test_what_a_host_cannot_tell_is_never_more_than_information() -> None:
    bare = HostFacts(snapd="2.63")

    findings = judge({"n1": bare}, CONTROL_PLANE, "production", addresses=ADDRESSES)

    assert verdicts(findings) == [("info", "not-measured", False)]


def test_a_host_without_its_node_address_is_refused_with_those_it_has() -> None:
    findings = judged(addresses=(Address("eth0", "192.168.1.5", 24),))

    assert verdicts(findings) == [("refuse", "address-missing", False)]
    assert (findings[0].measured, findings[0].needed) == ("192.168.1.5", "10.0.0.11")


def test_a_lent_address_is_warned_of() -> None:
    findings = judged(addresses=(Address("eth0", "10.0.0.11", 24, dynamic=True),))

    assert verdicts(findings) == [("warn", "address-dynamic", False)]


def test_a_node_of_the_forming_cluster_is_welcome() -> None:
    findings = judged(
        role="control-plane",
        ours=True,
        peers=("10.0.0.11", "10.0.0.12"),
        listening={"16443/tcp": "kubelite"},
        routes=(OUT, HERE, Route("10.1.77.0/26", "vxlan.calico")),
    )

    assert verdicts(findings) == [("info", "already-node", False)]


def test_a_node_of_another_cluster_is_refused_whatever_is_accepted() -> None:
    findings = judged(role="control-plane", peers=("10.0.0.11", "10.9.9.9"))

    assert verdicts(findings) == [("refuse", "other-cluster", False)]
    assert "10.9.9.9" in findings[0].message


def test_an_expected_member_may_have_peers_that_the_change_does_not_touch() -> None:
    facts = {"n1": fit("n1", role="control-plane", peers=("10.0.0.11", "10.9.9.9"))}

    findings = judge(facts, CONTROL_PLANE, "production", addresses=ADDRESSES, members=["n1"])

    assert verdicts(findings) == [("info", "already-node", False)]


def test_the_host_whose_clock_is_wrong_is_named_and_not_the_others() -> None:
    facts = {
        "n1": fit("n1"),
        "n2": fit("n2", clock=Clock(5.0, 5.1)),
        "n3": fit("n3", clock=Clock(-0.05, 0.1)),
    }

    findings = judge(facts, CONTROL_PLANE, "production", addresses=ADDRESSES)

    assert [(each.host, each.code, each.measured) for each in findings] == [
        ("n2", "clock-skew", 4.99)
    ]


def network(probes: dict[str, Probe], roles: dict[str, str], **changes: Any) -> tuple[Finding, ...]:
    facts = {"n1": fit("n1"), "n2": fit("n2", **changes), "n3": fit("n3")}
    return judge(facts, roles, "production", addresses=ADDRESSES, probes=probes)


def closing(*, listening: str = "open") -> dict[str, Probe]:
    """Measurements in which n1 cannot reach n2's datastore."""
    probes = measured()
    reached = {**probes["n1"].reached, "n2": {**dict.fromkeys(PORTS, "open"), PORTS[2]: "refused"}}
    walled = replace(probes["n2"], listening={**dict.fromkeys(PORTS, "open"), PORTS[2]: listening})
    return probes | {"n1": replace(probes["n1"], reached=reached), "n2": walled}


def test_a_closed_port_is_refused_in_the_direction_in_which_it_is_closed() -> None:
    findings = network(closing(), CONTROL_PLANE)

    assert verdicts(findings) == [("refuse", "port-closed", True)]
    assert findings[0].message == "n1 cannot reach n2 at 19001/tcp (refused)"


def test_a_port_that_the_probe_could_not_open_itself_is_not_judged() -> None:
    assert network(closing(listening="in use"), CONTROL_PLANE) == ()


def test_a_port_behind_an_active_ufw_is_opened_later() -> None:
    findings = network(closing(), CONTROL_PLANE, ufw_active=True)

    assert verdicts(findings) == [("info", "port-behind-ufw", False)]


@pytest.mark.parametrize(
    ("least", "role", "expected"),
    [
        (9.9, "control-plane", []),
        (10.0, "control-plane", [("warn", "delay-long", False)]),
        (50.0, "control-plane", [("refuse", "delay-too-long", True)]),
        (50.0, "worker", [("warn", "delay-long", False)]),
    ],
)
def test_a_delay_is_judged_once_a_pair_by_its_least_sample(
    least: float, role: str, expected: list[tuple[str, str, bool]]
) -> None:
    probes = measured()
    there = {**probes["n1"].round_trips, "n2": (least + 3.0, 99.0)}
    back = {**probes["n2"].round_trips, "n1": (least, 98.0)}
    probes["n1"] = replace(probes["n1"], round_trips=there)
    probes["n2"] = replace(probes["n2"], round_trips=back)

    findings = network(probes, CONTROL_PLANE | {"n2": role})

    assert verdicts(findings) == expected


def test_hosts_that_could_not_measure_are_named() -> None:
    probes = measured()
    del probes["n3"]

    findings = network(probes, CONTROL_PLANE)

    assert verdicts(findings) == [("warn", "network-not-measured", False)]
    assert findings[0].measured == ["n3"]


def test_the_gravest_findings_come_first() -> None:
    findings = judged(role="standalone", ours=True, synchronised=False, cpus=1)

    assert [each.severity for each in findings] == [REFUSE, WARN, INFO]


def test_findings_survive_their_way_through_json() -> None:
    for finding in judged(cpus=1, synchronised=False, hostname="n2"):
        assert Finding.from_dict(finding.as_dict()) == finding
