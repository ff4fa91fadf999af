"""What a browser is given of a job: the whole page, and the pieces that are news."""

import re

import pytest

from api.page.job_view import LINES
from api.page.sessions import COOKIE, Sessions


@pytest.fixture
def browser(app, anonymous, redis, token):
    session_id, _ = Sessions(redis).open(token.split("_")[1])
    anonymous.set_cookie(COOKIE, session_id)
    return anonymous


@pytest.fixture
def news(browser, job):
    def news(after):
        answer = browser.get(f"/jobs/{job}/live?after={after}")
        assert answer.status_code == 200
        return answer.text

    return news


def pieces(text):
    return re.findall(r'id="([a-z]+-[^"]*)"[^>]* data-piece', text)


def numbers(text):
    return [int(number) for number in re.findall(r'<li id="event-(\d+)"', text)]


def test_news_are_the_steps_that_were_touched_and_the_lines_after_the_last_one(
    news, steps, ledger, job
):
    steps.begin()
    ledger.host(steps.leases[0], "n1", {"status": "running", "operation": "Look"})

    text = news(after=3)

    assert numbers(text) == [4]
    assert {"head-1", "cell-1-n1", "body-1", "summary-1", "summary-2", "job-banner"} <= set(
        pieces(text)
    )
    assert not {"head-2", "cell-2-n1", "body-2"} & set(pieces(text))


def test_what_moves_the_job_touches_every_step(news, steps):
    steps.finish()

    found = set(pieces(news(after=3)))

    assert {
        f"head-{number}" for number in range(1, len(steps.ledger.job(steps.job).steps) + 1)
    } <= found


@pytest.mark.parametrize("after", ["99", "-1", "soon", "0"])
def test_an_event_that_is_not_known_begins_the_log_anew(after, news):
    text = news(after)

    assert 'data-after="0"' in text
    assert numbers(text) == [1, 2]


def test_news_are_named_by_what_they_tell(browser, job, steps):
    steps.finish()
    first = browser.get(f"/jobs/{job}/live?after=2")

    again = browser.get(
        f"/jobs/{job}/live?after=2", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert (again.status_code, again.data) == (304, b"")


def test_a_long_log_shows_its_end_and_leads_to_the_rest(browser, job, steps, ledger):
    steps.begin()
    for number in range(LINES + 20):
        ledger.host(steps.leases[0], "n1", {"status": "running", "operation": f"Look {number}"})
    last = ledger.job(job).seq

    short = browser.get(f"/jobs/{job}").text
    whole = browser.get(f"/jobs/{job}?events=all").text

    assert numbers(short) == list(range(last - LINES + 1, last + 1))
    assert f"show all, {last - LINES} more" in short
    assert numbers(whole) == list(range(1, last + 1))


def test_text_from_hosts_is_shown_as_text(browser, job, steps, ledger):
    steps.begin()
    row = {"status": "running", "operation": "<script>alert(1)</script>", "detail": '"><b>'}
    ledger.host(steps.leases[0], "n1", row)

    text = browser.get(f"/jobs/{job}").text

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_who_is_not_signed_in_gets_no_news(anonymous, job):
    answer = anonymous.get(f"/jobs/{job}/live?after=1")

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")
