"""Ranges of addresses: read as MicroK8s' script and MetalLB take them, cut and compared."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.address_ranges import (
    MOST_ADDRESSES,
    AddressRange,
    BadRange,
    of_network,
    read_ranges,
    without,
)

NUMBERS = st.integers(min_value=0, max_value=2**32 - 1)
SMALL = st.integers(min_value=0, max_value=60)


def span(first, last):
    return AddressRange(IPv4Address(first), IPv4Address(last))


RANGES = st.tuples(SMALL, SMALL).map(lambda ends: span(min(ends), max(ends)))


def addresses(ranges):
    return {address for one in ranges for address in one}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("10.0.0.200-10.0.0.210", "10.0.0.200-10.0.0.210"),
        ("10.0.0.7-10.0.0.7", "10.0.0.7"),
        ("10.0.0.0/30,192.168.1.9-192.168.1.10", "10.0.0.0-10.0.0.3,192.168.1.9-192.168.1.10"),
        ("10.0.0.240/24", "10.0.0.0-10.0.0.255"),
    ],
)
def test_a_range_is_read_as_metallb_takes_it(text, shown):
    assert ",".join(map(str, read_ranges(text))) == shown


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing is no range"),
        ("10.0.0.5", "10.0.0.5 is no range"),
        ("nonsense", "nonsense is no range"),
        ("10.0.0.1-10.0.0.999", "no range of IPv4 addresses: Octet 999"),
        ("10.0.0.1/33", "10.0.0.1/33 is no range"),
        ("10.0.0.9-10.0.0.1", "10.0.0.9-10.0.0.1 ends before it begins"),
        ("10.0.0.1-10.0.0.3,", "nothing is no range"),
        ("fe80::1-fe80::9", "is no range of IPv4 addresses"),
        ("10.0.0.1-10.0.0.9,10.0.0.9-10.0.0.12", "10.0.0.1-10.0.0.9 and 10.0.0.9-10.0.0.12 over"),
        ("10.0.0.0/19", "10.0.0.0/19 has 8192 addresses, 4096 at most"),
    ],
)
def test_what_is_no_range_is_told_with_its_reason(text, why):
    with pytest.raises(BadRange, match=why):
        read_ranges(text)


@given(NUMBERS, st.integers(min_value=0, max_value=MOST_ADDRESSES - 1))
def test_a_range_is_read_back_from_what_it_is_shown_as(first, more):
    one = span(first, min(first + more, 2**32 - 1))

    assert read_ranges(f"{one.first}-{one.last}") == (one,)
    assert len(one) == len(list(one))


@given(NUMBERS, st.integers(min_value=20, max_value=32))
def test_a_network_is_the_range_of_all_its_addresses(number, bits):
    network = IPv4Network((number, bits), strict=False)

    assert read_ranges(f"{IPv4Address(number)}/{bits}") == (of_network(network),)
    assert len(of_network(network)) == network.num_addresses
    assert of_network(network).is_within(network)


@given(RANGES, RANGES)
def test_ranges_overlap_where_an_address_is_in_both(one, other):
    assert one.overlaps(other) == other.overlaps(one)
    assert one.overlaps(other) == bool(addresses([one]) & addresses([other]))


@given(st.lists(RANGES, max_size=4), st.lists(RANGES, max_size=4))
def test_what_is_left_without_others_is_all_but_their_addresses(ranges, others):
    left = without(ranges, others)

    assert addresses(left) == addresses(ranges) - addresses(others)
