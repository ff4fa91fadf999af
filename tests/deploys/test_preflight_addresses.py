"""Node addresses, and whether a host speaks from its own."""

from dataclasses import replace
from typing import Any

import pytest
from fit_hosts import ADDRESSES, CONTROL_PLANE, fit, joining, judged, verdicts

from cluster.node_addresses import unfit
from deploy_scripts.checks.host_facts import Address, Device, Route
from deploy_scripts.checks.rules import judge

NAT = Address("eth0", "10.0.2.15", 24)
TWO_NETWORKS: dict[str, Any] = {
    "addresses": (NAT, Address("eth1", "10.0.0.12", 24)),
    "routes": (
        Route("default", "eth0", metric=100),
        Route("10.0.2.0/24", "eth0", "10.0.2.15"),
        Route("10.0.0.0/24", "eth1", "10.0.0.12"),
    ),
    "speeds": {},
}
WRONG = Route("10.0.0.11", "eth0", "10.0.2.15")


def test_a_default_route_through_another_network_is_warned_of_with_both_addresses() -> None:
    findings = joining(**TWO_NETWORKS)

    assert [each.code for each in findings] == ["default-route-elsewhere", "not-measured"]
    assert findings[0].message == (
        "n2 has its node address 10.0.0.12 on eth1 and its default route on eth0 (10.0.2.15)"
    )


def test_the_cheaper_of_two_default_routes_is_what_counts() -> None:
    routes = (*TWO_NETWORKS["routes"], Route("default", "eth1", metric=50))

    findings = joining(**{**TWO_NETWORKS, "routes": routes})

    assert "default-route-elsewhere" not in {each.code for each in findings}


def test_a_joiner_that_speaks_to_the_seed_from_another_address_is_refused_with_both() -> None:
    findings = joining(ways={"10.0.0.11": WRONG})

    assert verdicts(findings) == [("refuse", "source-address", False)]
    assert findings[0].message == (
        "n2 speaks to n1 (10.0.0.11) from 10.0.2.15, and not from its node address 10.0.0.12: it "
        "would join as 10.0.2.15"
    )
    assert "set the node_address of n2 to 10.0.2.15" in findings[0].advice
    assert "ip route replace 10.0.0.11 dev eth0 src 10.0.0.12" in findings[0].advice


def test_a_worker_that_stands_first_is_not_taken_for_the_seed() -> None:
    roles = {"n2": "worker", "n1": "control-plane", "n3": "control-plane"}

    assert verdicts(joining(roles, ways={"10.0.0.11": WRONG})) == [
        ("refuse", "source-address", False)
    ]


def test_between_others_than_the_seed_a_foreign_source_is_a_warning() -> None:
    other = joining(ways={"10.0.0.13": replace(WRONG, destination="10.0.0.13")})
    seed = judged(ways={"10.0.0.12": replace(WRONG, destination="10.0.0.12")})

    assert verdicts(other) == verdicts(seed) == [("warn", "source-address-differs", False)]
    assert "to n3 from 10.0.2.15" in other[0].message


@pytest.mark.parametrize(
    "way",
    [Route("10.0.0.11", "eth0", ""), Route("10.0.0.11", "eth0", "10.0.0.12")],
    ids=["no source is told", "its own"],
)
def test_a_way_that_is_right_or_unknown_is_not_spoken_of(way: Route) -> None:
    assert joining(ways={"10.0.0.11": way}) == ()


def test_a_node_that_is_joined_already_is_not_asked_how_it_would_join() -> None:
    facts = fit("n2", role="control-plane", ours=True, ways={"10.0.0.11": WRONG})

    findings = judge(
        {"n2": facts}, CONTROL_PLANE, "production", addresses=ADDRESSES, members=["n2"]
    )

    assert verdicts(findings) == [("info", "already-node", False)]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "a loopback address"),
        ("127.0.77.12", "a loopback address"),
        ("0.0.0.0", "no host's address"),  # noqa: S104  # judged, not bound
        ("224.0.0.5", "a multicast address"),
        ("169.254.10.1", "a link-local address"),
        ("255.255.255.255", "the broadcast address"),
        ("240.0.0.1", "a reserved address"),
        ("nonsense", "no IPv4 address"),
        ("10.0.0.1", ""),
        ("8.8.8.8", ""),
        ("100.64.0.1", ""),
    ],
)
def test_an_address_at_which_nobody_is_reached_is_told_by_its_kind(address: str, kind: str) -> None:
    assert unfit(address) == kind


def test_a_node_address_on_loopback_is_refused() -> None:
    facts = {"n1": fit("n1", speeds={"lo": 10_000})}

    findings = judge(facts, CONTROL_PLANE, "production", addresses={**ADDRESSES, "n1": "127.0.0.1"})

    assert verdicts(findings) == [("refuse", "node-address-unusable", False)]


def test_hosts_behind_the_same_nat_address_are_refused_together() -> None:
    same = dict.fromkeys(ADDRESSES, "10.0.2.15")
    facts = {
        name: fit(name, addresses=(NAT,), routes=(), ways={}, resolves={}) for name in ADDRESSES
    }

    findings = judge(facts, CONTROL_PLANE, "production", addresses=same)

    assert verdicts(findings) == [("refuse", "node-address-duplicate", False)]
    assert "n1 and n2 and n3 have the same node address 10.0.2.15" in findings[0].message


def test_a_second_network_that_all_hosts_share_an_address_of_is_fine() -> None:
    facts = {
        name: fit(name, addresses=(Address("eth0", ADDRESSES[name], 24), NAT)) for name in ADDRESSES
    }

    assert judge(facts, CONTROL_PLANE, "production", addresses=ADDRESSES) == ()


def test_a_host_that_holds_another_nodes_address_is_named() -> None:
    own = Address("eth0", "10.0.0.11", 24), Address("eth0", "10.0.0.13", 24)

    findings = judged(addresses=own)

    assert verdicts(findings) == [("refuse", "node-address-taken", False)]
    assert findings[0].message == "n1 too has 10.0.0.13, which is the node address of n3"


def test_what_a_left_over_device_uses_is_told_with_the_device_alone() -> None:
    findings = judged(
        addresses=(Address("eth0", "10.0.0.11", 24), Address("vxlan.calico", "10.1.77.0", 32)),
        routes=(
            *(Route("default", "eth0"), Route("10.0.0.0/24", "eth0")),
            Route("10.1.78.0/26", "vxlan.calico"),
        ),
        devices=(Device("vxlan.calico", 4789),),
        listening={"4789/udp": ""},
    )

    assert verdicts(findings) == [("refuse", "network-leftovers", True)]
    assert findings[0].message == (
        "n1 still has network devices of another container network: vxlan.calico (VXLAN, UDP port "
        "4789)"
    )
    assert findings[0].advice == (
        "if nothing uses them, delete them on n1: sudo ip link delete vxlan.calico"
    )
