"""What a ticket system's answer means: later, never, or for how long it wants to be left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.notifiers.notifier import Answer
from workflows.notifiers.ticket_answers import LONGEST_WAIT, refusal, wait_of

DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
LATER = "Thu, 01 Jan 2026 00:00:30 GMT"
RESET = "1767225645"


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"retry-after": "7"}, 7.0),
        (503, {"retry-after": "7"}, 7.0),
        (429, {"retry-after": LATER, "date": DATE}, 30.0),
        (429, {"ratelimit-reset": "12"}, 12.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET, "date": DATE}, 45.0),
        (403, {"retry-after": "9"}, 9.0),
        (429, {"retry-after": "99999999999999"}, LONGEST_WAIT),
        (429, {}, 60.0),
        (503, {}, None),
    ],
)
def test_a_limit_is_waited_for_as_long_as_the_receiver_says(status, headers, seconds):
    told = refusal("comment OPS-1", Answer(status, b"", headers), ())

    assert (told.is_done, told.is_final, told.retry_after) == (False, False, seconds)


@pytest.mark.parametrize("status", [408, 409, 425, 500, 502, 504])
def test_what_may_pass_is_tried_again(status):
    assert not refusal("comment OPS-1", Answer(status), ()).is_final


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "compare the settings"),
        (401, "its secret, or its user"),
        (403, "give it the right"),
        (404, "the ticket is not there"),
        (410, "the ticket is gone"),
        (413, "attach=no"),
        (422, "compare the settings"),
    ],
)
def test_what_does_not_pass_by_itself_says_what_to_do(status, advice):
    told = refusal("comment OPS-1", Answer(status, b"no"), ())

    assert told.is_final
    assert told.because.startswith(f"cannot comment OPS-1: it answers {status} and says no; ")
    assert advice in told.because


def test_a_receiver_that_leads_elsewhere_is_not_followed_and_the_place_is_told():
    told = refusal("comment OPS-1", Answer(302, b"", {"location": "https://new.test/"}), ())

    assert told.is_final
    assert "leads to https://new.test/" in told.because


def test_what_a_receiver_says_is_told_on_one_line_and_without_a_secret():
    told = refusal("comment OPS-1", Answer(400, b"s3cret\n\x1b[31mis bad"), [b"s3cret"])

    assert "says *MASKED* [31mis bad;" in told.because


@given(st.dictionaries(st.sampled_from(["retry-after", "date", "x-ratelimit-reset"]), st.text()))
def test_no_header_makes_a_wait_without_end_or_before_now(headers):
    wait = wait_of(Answer(429, b"", headers))

    assert wait is not None
    assert 0 <= wait <= LONGEST_WAIT
