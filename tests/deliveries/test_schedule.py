"""When a delivery is tried again."""

from hypothesis import given
from hypothesis import strategies as st

from workflows.deliveries.schedule import ATTEMPTS, LONGEST_ASKED, SPREAD, WAITS, wait_after

SPREADS = st.floats(0, 1)
ASKED = st.none() | st.floats(allow_nan=False)


def test_the_waits_are_those_of_standard_webhooks():
    hours = 3600
    assert WAITS[:4] == (0, 5, 300, 1800)
    assert WAITS[4:] == tuple(each * hours for each in (2, 5, 10, 14, 20, 24))


@given(attempts=st.integers(0, 30), spread=SPREADS, asked=ASKED)
def test_a_wait_is_never_shorter_than_planned_and_never_longer_than_is_bounded(
    attempts, spread, asked
):
    wait = wait_after(attempts, spread, asked)

    if attempts >= ATTEMPTS:
        assert wait is None
    else:
        assert WAITS[attempts] <= wait
        assert wait <= max(WAITS[attempts] * (1 + SPREAD), LONGEST_ASKED)


@given(attempts=st.integers(0, ATTEMPTS - 1), spread=SPREADS, asked=st.floats(0, LONGEST_ASKED))
def test_what_a_receiver_asks_for_is_waited_for(attempts, spread, asked):
    assert wait_after(attempts, spread, asked) >= asked


@given(attempts=st.integers(0, ATTEMPTS - 2), spread=SPREADS)
def test_waits_become_longer(attempts, spread):
    assert wait_after(attempts, spread) < wait_after(attempts + 1, spread)
