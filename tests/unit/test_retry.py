"""The decision of another attempt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.retry import STORE, Retry, patience


@pytest.mark.parametrize(
    ("tries", "spread", "delay"),
    [(1, 1.0, 2.0), (2, 1.0, 4.0), (3, 1.0, 5.0), (1, 0.0, 1.0), (4, 1.0, None)],
)
def test_the_wait_doubles_up_to_its_cap_until_the_attempts_are_used_up(tries, spread, delay):
    retry = Retry(attempts=4, base_seconds=2, cap_seconds=5)

    assert retry.delay(tries, spread) == delay


@given(st.integers(1, 50), st.integers(1, 49), st.floats(0, 1))
def test_a_wait_is_never_longer_than_the_cap_nor_shorter_than_half_of_the_base(
    attempts, tries, spread
):
    delay = Retry(attempts=attempts).delay(tries, spread)

    assert (delay is None) == (tries >= attempts)
    assert delay is None or 1.0 <= delay <= 60.0


def test_the_snap_store_is_waited_for_in_minutes():
    planned = Retry(attempts=4, base_seconds=5)

    store = patience(planned, ["command-failed", "snap-store"])

    waits = [store.delay(tries, 0.0) for tries in range(1, store.attempts)]
    assert sum(waits) > 10 * 60
    assert max(waits[1:]) <= 300
    assert min(waits) >= 30
    assert patience(planned, ["command-failed"]) == planned
    assert store == STORE
