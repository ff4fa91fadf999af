"""What holds the ports that MicroK8s binds, and which channels the store has."""

import pytest
from fit_hosts import ADDRESSES, CONTROL_PLANE, fit, judged, verdicts

from deploy_scripts.checks.host_facts import Device
from deploy_scripts.checks.port_rules import BOUND
from deploy_scripts.checks.rules import judge

STORE = {"1.32/stable": True, "1.32/edge": False, "1.31/stable": True}


@pytest.mark.parametrize("port", sorted(BOUND))
@pytest.mark.parametrize("role", ["control-plane", "worker"])
def test_every_port_that_microk8s_binds_must_be_free_whatever_the_host_becomes(
    port: str, role: str
) -> None:
    facts = {"n1": fit("n1", listening={port: "squatter"})}

    finding = judge(facts, {"n1": role}, "production", addresses=ADDRESSES)[0]

    assert (finding.code, str(finding.severity)) == ("port-in-use", "refuse")
    assert f"{port} ({BOUND[port]})" in finding.message
    assert "squatter" in finding.message


def test_ports_of_one_program_are_told_together() -> None:
    findings = judged(
        listening={"10250/tcp": "k3s", "10248/tcp": "k3s", "9099/tcp": "felix", "80/tcp": "nginx"}
    )

    assert verdicts(findings) == [("refuse", "port-in-use", False), ("refuse", "port-in-use", True)]
    assert findings[0].measured == ["10250/tcp", "10248/tcp"]
    assert "ss -lntup 'sport = :10250 or sport = :10248' shows it" in findings[0].advice


def test_the_kernels_own_listener_is_told_with_its_device_and_a_programs_is_not() -> None:
    device = (Device("flannel.4096", 4789),)

    kernel = judged(listening={"4789/udp": ""}, devices=device)
    program = judged(listening={"4789/udp": "socat"}, devices=device)

    assert [each.code for each in kernel] == ["network-leftovers"]
    assert [each.code for each in program] == ["network-leftovers", "port-in-use"]


def test_a_listener_that_nobody_explains_is_another_programs() -> None:
    assert "another program listens there" in judged(listening={"4789/udp": ""})[0].message


def test_many_devices_are_counted_and_all_of_them_deleted() -> None:
    devices = tuple(Device(f"cali{number}") for number in range(7))

    finding = judged(devices=(*devices, Device("a b; reboot"), Device("vxlan.calico", 4789)))[0]

    assert finding.message.endswith("cali0, cali1, cali2, cali3, cali4 and 4 more")
    assert "'a b; reboot'" in finding.advice
    assert "vxlan.calico" in finding.advice


@pytest.mark.parametrize(
    ("channel", "codes"),
    [
        ("1.32/stable", []),
        ("1.32/candidate", []),
        ("1.32/edge", ["channel-not-in-store"]),
        ("1.99/stable", ["channel-not-in-store"]),
        ("", []),
    ],
    ids=["open", "not told", "closed", "no such track", "no channel is wanted"],
)
def test_only_a_channel_that_the_store_surely_lacks_is_refused(
    channel: str, codes: list[str]
) -> None:
    facts = {"n1": fit("n1", channels=STORE)}

    findings = judge(facts, CONTROL_PLANE, "production", addresses=ADDRESSES, channel=channel)

    assert [each.code for each in findings] == codes


def test_a_store_that_does_not_answer_refuses_no_channel() -> None:
    facts = {"n1": fit("n1")}

    assert (
        judge(facts, CONTROL_PLANE, "production", addresses=ADDRESSES, channel="1.99/stable") == ()
    )


def test_a_missing_channel_is_told_with_those_that_there_are() -> None:
    facts = {"n1": fit("n1", channels=STORE)}

    finding = judge(facts, CONTROL_PLANE, "production", addresses=ADDRESSES, channel="1.99/stable")[
        0
    ]

    assert finding.advice == "ask for another: 1.32/stable, 1.31/stable"
    assert finding.field == "/params/channel"
