"""Who has an address: what the kernel's list says, and what is made of a host's answer."""

import json
import struct
from ipaddress import IPv4Address, IPv4Interface

import pytest

from cluster.address_ranges import read_ranges
from cluster.findings import Severity
from deploy_scripts.checks import address_probe_program as program
from deploy_scripts.checks.probe_addresses_fact import SeenAddresses, limit, parse_addresses
from deploy_scripts.checks.range_rules import judge_ranges
from deploy_scripts.microk8s.addons import parse_shown
from deploy_scripts.microk8s.agents import parse_health

RANGES = read_ranges("10.0.0.200-10.0.0.209")
OWN = (IPv4Interface("10.0.0.11/24"), IPv4Interface("127.0.0.1/8"))


def judged(ranges=RANGES, **seen):
    values = {"asked": 10, "networks": OWN} | seen
    rows = judge_ranges("n1", "10.0.0.11", ranges, SeenAddresses(**values))
    return {row.code: row for row in rows}


def test_an_answer_to_an_arp_request_names_who_has_the_address():
    hardware, ours = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
    words = (hardware, b"\n\0\0\xc9", ours, b"\n\0\0\x0b")
    body = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 2, *words)
    frame = ours + hardware + struct.pack("!H", 0x0806) + body
    question = frame[:21] + b"\1" + frame[22:]

    number, text = program.arp_answer(frame)

    assert (program.text_of(number), text) == ("10.0.0.201", "02:00:00:00:00:01")
    assert program.arp_answer(question) == program.arp_answer(frame[:20]) == (0, "")


def test_only_an_echo_of_our_own_counts():
    request = program.echo_request(0xBEEF)
    head = bytes([0x45]) + bytes(11) + b"\n\0\0\xc9" + bytes(4)
    reply = b"\0" + request[1:]

    assert program.checksum(request) == 0
    assert program.text_of(program.echo_answer(head + reply, 0xBEEF)) == "10.0.0.201"
    assert program.echo_answer(head + reply, 0xBEEE) == 0
    assert program.echo_answer(head + request, 0xBEEF) == 0
    assert program.echo_answer(head + reply[:4], 0xBEEF) == program.echo_answer(b"", 1) == 0


def test_the_answer_is_read_beside_whatever_else_is_printed():
    lines = [
        "network 10.0.0.11/24",
        "Welcome!",
        json.dumps({"asked": 10, "answers": {"10.0.0.201": "02:00:00:00:00:c9"}}),
    ]

    assert parse_addresses(lines) == SeenAddresses(
        10, {IPv4Address("10.0.0.201"): "02:00:00:00:00:c9"}, (IPv4Interface("10.0.0.11/24"),)
    )


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ['{"asked": true, "answers": {}}'],
        ['{"asked": 1, "answers": {"n1": ""}}'],
        ["network x", '{"asked": 1, "answers": {}}'],
    ],
)
def test_an_answer_of_another_shape_is_no_answer(lines):
    with pytest.raises(ValueError, match="the program's answer"):
        parse_addresses(lines)


def test_free_addresses_of_the_subnet_are_right():
    assert judged() == {}


def test_an_address_that_somebody_has_is_refused_with_who_has_it():
    taken = {IPv4Address("10.0.0.205"): "02:00:00:00:00:0a", IPv4Address("10.0.0.207"): ""}
    finding = judged(answers=taken)["metallb-address-in-use"]

    assert finding.message.startswith("2 of 10 addresses for metallb are in use, as n1 sees it: ")
    assert "10.0.0.205 (02:00:00:00:00:0a), 10.0.0.207 (echo)" in finding.message
    assert (finding.severity, finding.acceptable) == (Severity.REFUSE, True)


def test_an_answer_for_what_was_not_asked_for_is_none():
    assert judged(answers={IPv4Address("10.0.0.210"): "02:00:00:00:00:0a"}) == {}


def test_a_range_outside_the_subnet_of_the_node_is_refused_with_both():
    finding = judged(read_ranges("10.0.0.250-10.0.1.5"))["metallb-range-outside-subnet"]

    assert finding.message.startswith("10.0.0.250-10.0.1.5 for metallb is not in 10.0.0.0/24")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("10.0.0.0-10.0.0.3", "10.0.0.0 for metallb is the network address of 10.0.0.0/24"),
        ("10.0.0.240/28", "10.0.0.255 for metallb is the broadcast address of 10.0.0.0/24"),
    ],
)
def test_the_two_addresses_of_a_subnet_that_no_machine_may_have_are_refused(text, what):
    finding = judged(read_ranges(text))["metallb-range-outside-subnet"]

    assert finding.message.startswith(what)
    assert finding.acceptable


def test_what_a_host_cannot_tell_is_a_warning():
    assert {code: row.severity for code, row in judged(asked=0, networks=()).items()} == {
        "metallb-range-not-probed": Severity.WARN
    }
    assert judged(networks=OWN[1:]).keys() == {"metallb-subnet-unknown"}


def test_the_time_for_asking_grows_with_the_addresses():
    assert limit(RANGES) < 30
    assert 40 < limit(read_ranges("10.0.0.0/20")) < 60


def test_the_addons_that_are_shown_are_read_and_nothing_else():
    shown = parse_shown(
        [
            *("core/dns: enabled", "core/metallb: enabled", "core/rbac: disabled"),
            *("MicroK8s is running: enabled", "a b/c: enabled", "lent 10.0.0.1-10.0.0.9"),
        ]
    )

    assert shown.enabled == {"core/dns", "core/metallb"}
    assert (shown.has("dns"), shown.has("core/dns:1.1.1.1"), shown.has("mine/dns")) == (
        *(True, True),
        False,
    )
    assert shown.as_enabled("metallb") == "metallb:10.0.0.1-10.0.0.9"
    assert shown.as_enabled("metallb:10.0.0.2-10.0.0.3") == "metallb:10.0.0.2-10.0.0.3"
    assert parse_shown(["lent fd00::/64"]).lent == ""


def test_the_health_of_agents_is_read_by_address():
    lines = ["10.0.0.1 ok", "10.0.0.2 Connection refused", "noise", "10.0.0.3 " + "x" * 500]

    health = parse_health(lines)

    assert (health["10.0.0.1"], health["10.0.0.2"]) == ("ok", "Connection refused")
    assert len(health["10.0.0.3"]) <= 120


def test_what_a_host_says_of_its_network_is_quoted_in_short():
    lines = [f"network {'1' * 9000}/24", '{"asked": 0, "answers": {}}']

    with pytest.raises(ValueError, match="another shape") as refused:
        parse_addresses(lines)

    assert len(str(refused.value)) < 300
