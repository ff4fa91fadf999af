"""Who asked in a chat without a bot is told at few moments, and always of the end."""

import json
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from chat_jobs import HOOK, PAGE, SIGNS_BY, job
from chat_server import served
from hypothesis import given
from hypothesis import strategies as st
from reply_services import REPLIES
from told_tickets import post

from workflows.chat.answers import Way
from workflows.notifiers import few_posts
from workflows.notifiers.few_posts import (
    ENDED,
    FAILED,
    GOOD_SECONDS,
    LATE_SECONDS,
    MOST_POSTS,
    REST,
    UNDER_WAY,
    next_moment,
)
from workflows.notifiers.known import NOTIFIERS
from workflows.notifiers.notifier import Following, News, Target
from workflows.states import JobStatus

EVERY_CHAT = pytest.mark.parametrize("kind", REPLIES)
CHAT = "chat"


@pytest.fixture
def service(kind):
    with served(REPLIES[kind]()) as found:
        yield found


@pytest.fixture
def tell(kind, service):
    """Return a function that tells news of a job, and keeps what is to be kept of it."""
    kept = {}
    following = Following(service.address(), time.time(), CHAT, "C1", UNDER_WAY, for_all=True)

    def told(shown, *, type_="job.started", to=service.url, by=following, source=CHAT):
        settings = {"source": source} if source else {}
        target = Target("team", to, (), settings, Way(HOOK, SIGNS_BY))
        news = News("msg_1", type_, 1.0, 1, shown, PAGE, following=by)
        found = NOTIFIERS[f"{kind}-replies"].tell(target, news, kept, post)
        kept.update(found.keep)
        return found

    told.kept, told.following = kept, following
    return told


@pytest.fixture
def later(service, monkeypatch):
    """Return a function that sets all clocks forward."""

    def on(seconds):
        service.ahead += seconds
        ahead = service.ahead
        monkeypatch.setattr(few_posts, "time", SimpleNamespace(time=lambda: time.time() + ahead))

    return on


def said(service):
    """Return what stands in the first line of each message."""
    texts = [service.text(message).replace("\\", "") for message in service.posted]
    return [text.partition("(")[0].rpartition(":")[2].strip() for text in texts]


@EVERY_CHAT
def test_a_job_is_told_where_somebody_would_look_and_not_at_each_step(tell, service):
    for shown, type_ in (
        (job(done=0), "job.accepted"),
        (job(done=1), "step.finished"),
        (job("awaiting-approval"), "job.approval-requested"),
        (job(done=1), "job.approved"),
        (job(done=2), "step.finished"),
        (job("failed", done=2), "job.failed"),
        (job("failed", done=2), "step.failed"),
        (job("succeeded", done=3), "job.succeeded"),
    ):
        told = tell(shown, type_=type_)
        assert told.is_done, told.because

    assert said(service) == ["awaiting-approval", "running", "failed", "succeeded"]
    assert sorted(service.buttons(service.posted[2])) == ["retry", "rollback"]
    assert all(message["response_type"] == "in_channel" for message in service.posted)
    assert service.refused == 0


@EVERY_CHAT
def test_the_end_is_told_by_the_last_of_five_posts_however_often_a_job_fails(tell, service):
    for _ in range(10):
        assert tell(job("waiting", waits={"asks": True, "what": "a person"})).is_done
        assert tell(job(done=2)).is_done
    assert len(service.posted) == MOST_POSTS - 1
    assert "only its end is told here" in service.text(service.posted[-1])
    assert "only its end" not in service.text(service.posted[-2])

    for _ in range(3):
        assert tell(job("succeeded", done=3)).is_done
        assert tell(job("failed")).is_done

    assert said(service)[-1] == "succeeded"
    assert (len(service.posted), service.refused) == (MOST_POSTS, 0)


@EVERY_CHAT
def test_nothing_is_sent_once_half_an_hour_is_over(tell, service, later):
    later(GOOD_SECONDS + 5)

    assert tell(job("succeeded", done=3)).is_done

    assert (service.requests, service.posted) == ([], [])


@EVERY_CHAT
def test_that_the_half_hour_will_be_over_is_said_once_while_it_can_be(tell, service, later):
    tell(job())
    later(LATE_SECONDS)

    for _ in range(3):
        assert tell(job(done=2), type_="step.finished").is_done

    (message,) = service.posted
    assert "nothing is told here after half an hour; type watch 3f2a91c0" in service.text(message)


@EVERY_CHAT
def test_an_address_that_is_used_up_is_tried_no_more_and_said_to_be(tell, service):
    path = next(iter(service.made))
    service.got[path] = [{}] * MOST_POSTS  # by somebody else who knew it

    told = tell(job("failed"))
    assert (told.is_done, told.is_final) == (False, True)
    assert "used up or over; type watch JOB" in told.because
    assert path not in told.because
    assert tell(job("succeeded", done=3)).is_done

    assert len(service.requests) == 1


@EVERY_CHAT
def test_a_chat_that_is_busy_or_away_is_tried_again_and_no_post_is_counted(tell, service):
    service.limits = [service.limit(), replace_status(service.limit(), 503)]

    busy, away = tell(job("failed")), tell(job("failed"))

    assert (busy.is_done, busy.is_final, busy.retry_after) == (False, False, 30.0)
    assert (away.is_done, away.is_final) == (False, False)
    assert tell.kept == {}
    assert tell(job("failed")).is_done
    assert said(service) == ["failed"]


def replace_status(refused, status):
    refused.status = status
    return refused


@EVERY_CHAT
def test_what_answers_a_press_takes_the_place_of_its_message(tell, service):
    pressed = replace(tell.following, url=service.address(), said="", replaces=True)

    assert tell(job(), by=pressed).is_done

    (message,) = service.posted
    assert message["replace_original"] is True
    assert sorted(service.buttons(message)) == ["cancel"]


@EVERY_CHAT
def test_another_request_begins_with_five_posts_of_its_own(tell, service):
    for shown in (job("failed"), job()) * 2:
        tell(shown)
    again = replace(tell.following, url=service.address(), said="")

    for shown in (job("failed"), job()) * 3:
        assert tell(shown, by=again).is_done

    assert [len(rows) for rows in service.got.values()] == [4, MOST_POSTS]
    assert service.refused == 0


@EVERY_CHAT
@pytest.mark.parametrize(
    "elsewhere",
    ["http://169.254.169.254/latest", "https://127.0.0.1/x", "http://127.0.0.1:1/x", "http://[/x"],
)
def test_an_address_of_another_server_is_not_written_to_and_not_told(tell, service, elsewhere):
    told = tell(job("failed"), by=replace(tell.following, url=elsewhere))

    assert (told.is_done, told.is_final) == (False, True)
    assert "is not at 127.0.0.1" in told.because
    assert elsewhere not in told.because
    assert service.requests == []


@EVERY_CHAT
def test_what_was_asked_for_in_another_chat_or_nowhere_is_not_told(tell, service):
    assert tell(job("failed"), by=None).is_done
    assert tell(job("failed"), source="other").is_done
    assert tell({"id": "0" * 32}).is_done  # it is forgotten
    assert service.requests == []


@EVERY_CHAT
def test_a_test_and_a_subscription_without_a_sender_say_what_to_do(tell):
    assert "type a change in the chat" in tell(job(), type_="subscription.test").because
    assert "--set source=NAME" in tell(job(), source="").because


def test_nobody_reads_an_address_in_a_trace():
    assert "cap4b1l1ty" not in repr(Following("https://hooks.slack.com/cap4b1l1ty", 0.0, CHAT))


@pytest.mark.parametrize("kind", ["slack"])
def test_a_message_for_one_person_stays_theirs(tell, service):
    tell(job("failed"), by=replace(tell.following, for_all=False))

    assert service.posted[0]["response_type"] == "ephemeral"
    assert "replace_original" not in service.posted[0]


AGES = st.lists(st.floats(0, GOOD_SECONDS + 600), min_size=1, max_size=30).map(sorted)


@given(AGES, st.data())
def test_there_are_never_more_than_five_posts_none_too_late_and_the_end_is_among_them(ages, data):
    said, posts = UNDER_WAY, 0
    for age in ages:
        status = data.draw(st.sampled_from(sorted(JobStatus)))
        before = posts
        if moment := next_moment({"status": status}, said, posts, age):
            said, posts = moment, posts + 1
            assert age < GOOD_SECONDS
        assert posts <= MOST_POSTS
        last = few_posts.moment_of({"status": status})
        if last in REST and age < GOOD_SECONDS and before < MOST_POSTS:
            assert said == last


def test_what_rests_is_failed_or_ended_and_each_status_has_a_moment():
    found = {status: few_posts.moment_of({"status": status}) for status in JobStatus}

    assert {str(status) for status, moment in found.items() if moment == FAILED} == {
        "failed",
        "stuck",
    }
    assert {str(status) for status, moment in found.items() if moment == ENDED} == {
        *("succeeded", "cancelled", "rolled-back", "rejected", "expired", "outdated"),
    }
    assert json.dumps(found)
