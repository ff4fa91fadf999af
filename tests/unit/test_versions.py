"""Minors of channels and versions, and the way from one minor to another."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.versions import (
    is_behind,
    is_same_version,
    is_strict,
    legs,
    minor_of_channel,
    minor_of_version,
)

MINORS = st.integers(min_value=10, max_value=99)
RISKS = st.sampled_from(["stable", "candidate", "beta", "edge"])


@pytest.mark.parametrize(
    ("channel", "minor", "strict"),
    [
        ("1.32/stable", 32, False),
        ("1.32-strict/edge", 32, True),
        ("latest/stable", None, False),
        ("latest-strict/stable", None, True),
        ("2.0/stable", None, False),
    ],
)
def test_a_channel_tells_its_minor_unless_its_track_stays_at_none(channel, minor, strict):
    assert (minor_of_channel(channel), is_strict(channel)) == (minor, strict)


@pytest.mark.parametrize(
    ("version", "minor"),
    [("v1.32.3", 32), ("1.32", 32), ("v1.33.0-rc.1", 33), ("", None), ("v2.0.0", None)],
)
def test_a_version_tells_its_minor(version, minor):
    assert minor_of_version(version) == minor


@pytest.mark.parametrize(
    ("kubelet", "snap", "same"),
    [
        ("v1.32.3", "v1.32.3", True),
        ("v1.32.3+canonical", "v1.32.3", True),
        ("v1.32.3", "v1.32.13", False),
        ("v1.32.3", "v1.33.3", False),
        ("v1.23.17", "v1.23-5", True),
        ("v1.32.3", "", False),
    ],
)
def test_a_kubelet_is_of_a_snap_s_version_as_far_as_that_tells_it(kubelet, snap, same):
    assert is_same_version(kubelet, snap) is same


@given(minors=st.lists(MINORS, min_size=1), target=MINORS, risk=RISKS)
def test_no_leg_skips_a_minor_and_the_last_is_the_target(minors, target, risk):
    channel = f"1.{target}/{risk}"

    found = legs(minors, channel)

    passed = [minor_of_channel(leg) for leg in found]
    assert found[-1] == channel
    assert passed == list(range(max(min(minors) + 1, 0), target + 1)) or passed == [target]
    assert all(leg.endswith("/stable") for leg in found[:-1])


@given(minor=MINORS, target=MINORS, risk=RISKS)
def test_a_node_goes_up_by_one_minor_at_each_leg_that_it_takes_part_in(minor, target, risk):
    channel, wanted = f"1.{minor}/stable", f"1.{target}/{risk}"
    at = [minor]

    for leg in legs([minor], wanted):
        if is_behind(at[-1], channel, leg, wanted):
            channel = leg
            at.append(minor_of_channel(leg))

    assert channel == wanted
    if minor <= target:
        assert all(later - earlier <= 1 for earlier, later in pairwise(at))


@given(low=MINORS, high=MINORS, target=MINORS)
def test_a_node_that_is_ahead_waits_until_the_others_have_come_as_far(low, high, target):
    low, high, target = sorted([low, high, target])
    wanted = f"1.{target}/stable"

    for leg in legs([low, high], wanted)[:-1]:
        if minor_of_channel(leg) <= high:
            assert not is_behind(high, f"1.{high}/stable", leg, wanted)


def test_a_minor_that_is_not_known_is_left_straight_for_the_target():
    assert legs([None], "1.33/stable") == ("1.33/stable",)
    assert legs([31, 32], "latest/stable") == ("latest/stable",)
    assert is_behind(None, "latest/stable", "1.33/stable", "1.33/stable")
