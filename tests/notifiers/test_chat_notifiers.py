"""A chat has one message a job, which is edited as the job goes on."""

import json
import time

import pytest
from chat_jobs import HOOK, JOB, PAGE, SIGNS_BY, here, job, step, tell
from chat_server import TOKEN, served
from chat_services import CHATS, EDITED

from workflows.chat.answers import Way, button_of
from workflows.hooks.signing.button_contexts import place_of_context_signer

EVERY_CHAT = pytest.mark.parametrize("kind", CHATS)
EVERY_EDITED = pytest.mark.parametrize("kind", EDITED)
HOSTILE = "<!channel> <@U1> @here @everyone [a](http://evil.test) ``` & *x*"


@pytest.fixture
def service(kind):
    with served(CHATS[kind]()) as found:
        yield found


@EVERY_EDITED
def test_a_job_has_one_message_from_its_start_to_its_end(kind, service):
    kept = {}
    for type_, shown in (
        ("job.accepted", here(service, status="queued", done=0)),
        ("step.started", here(service)),
        ("step.finished", here(service, done=2)),
        ("job.succeeded", here(service, status="succeeded", done=3)),
    ):
        told = tell(kind, service, shown, type_, kept)
        assert told.is_done, told.because
        kept |= told.keep

    assert (service.posts, service.edits) == (1, 3)
    assert service.only["channel"] == service.channel
    text = service.text(service.only).replace("\\", "")
    assert "add-nodes prod: succeeded" in text
    assert "3 of 3 steps done" in text
    assert PAGE in text
    assert TOKEN not in json.dumps(kept)


@EVERY_EDITED
def test_a_message_that_says_all_already_is_not_edited(kind, service):
    kept = tell(kind, service, here(service), "job.started").keep

    assert tell(kind, service, here(service), "step.started", kept).is_done

    assert (service.posts, service.edits) == (1, 0)


@EVERY_EDITED
def test_a_message_that_somebody_has_deleted_is_posted_anew(kind, service):
    kept = dict(tell(kind, service, here(service)).keep)
    service.delete_all()

    told = tell(kind, service, here(service, done=2), "step.finished", kept)
    assert told.is_done, told.because
    tell(kind, service, here(service, done=3), "step.finished", kept | dict(told.keep))

    assert (service.posts, service.edits) == (2, 1)
    assert "3 of 3" in service.text(service.only)


@EVERY_EDITED
def test_a_job_that_nobody_asked_for_there_is_told_in_the_channel_that_is_set(kind, service):
    ticket = {"source": "tickets", "subject": service.channel, "url": None}

    tell(kind, service, job(reference=ticket), settings={"channel": service.other})

    assert service.only["channel"] == service.other


@EVERY_EDITED
def test_what_a_rule_was_asked_about_is_no_channel(kind, service):
    command = {"source": "chat", "subject": "/../auth.test", "url": None}

    tell(kind, service, job(reference=command), settings={"channel": service.other})

    assert service.only["channel"] == service.other


@EVERY_EDITED
def test_without_a_channel_nothing_is_told_of_jobs_asked_for_elsewhere(kind, service):
    assert tell(kind, service, job(reference=None)).is_done
    assert service.requests == []


@EVERY_EDITED
def test_buttons_stand_for_what_can_be_asked_now_and_go_with_it(kind, service):
    waiting = here(service, status="awaiting-approval", done=0)
    kept = dict(tell(kind, service, waiting, "job.approval-requested").keep)
    assert sorted(service.buttons(service.only)) == ["approve", "cancel", "reject"]

    kept |= tell(kind, service, here(service), "job.started", kept).keep
    assert sorted(service.buttons(service.only)) == ["cancel"]

    kept |= tell(kind, service, here(service, status="failed"), "job.failed", kept).keep
    assert sorted(service.buttons(service.only)) == ["retry", "rollback"]

    tell(kind, service, here(service, status="succeeded", done=3), "job.succeeded", kept)
    assert service.buttons(service.only) == {}


@EVERY_EDITED
def test_no_buttons_stand_where_nobody_hears_a_press(kind, service):
    tell(kind, service, here(service), way=None)

    assert service.buttons(service.only) == {}


@pytest.mark.parametrize("kind", ["mattermost"])
@pytest.mark.parametrize("way", [Way("", SIGNS_BY), Way(HOOK, b"")])
def test_without_an_address_or_a_secret_mattermost_has_no_buttons(kind, service, way):
    tell(kind, service, here(service), way=way)

    assert service.buttons(service.only) == {}


@pytest.mark.parametrize("kind", ["mattermost"])
def test_a_button_of_mattermost_is_signed_for_the_sender_of_the_rule_file(kind, service):
    tell(kind, service, here(service))

    [action] = service.only["props"]["attachments"][0]["actions"]
    context = action["integration"]["context"]
    assert action["integration"]["url"] == HOOK
    assert place_of_context_signer(context, [b"other", SIGNS_BY], time.time()) == 1
    button = button_of(context["pressed"])
    assert (button.verb, button.job, button.epoch) == ("cancel", JOB, 1)


@EVERY_CHAT
def test_what_strangers_have_called_things_mentions_nobody_and_is_no_link(kind, service):
    failure = {"host": "n4", "operation": HOSTILE, "command": HOSTILE, "lines": [HOSTILE]}
    error = {"index": 1, "message": HOSTILE, "failures": [failure]}
    fields = {"reason": HOSTILE, "error": error, "requested_by_name": HOSTILE}

    tell(kind, service, here(service, status="failed", **fields), "job.failed")

    text = service.text(service.only)
    if kind == "slack":
        assert "<" not in text
    elif kind != "teams":  # whose runs of text know no markup
        assert "@here" not in text
        assert "@everyone" not in text
        assert "[a](" not in text
        assert "```" not in text


@EVERY_CHAT
def test_a_job_of_many_steps_and_long_failures_fits(kind, service):
    steps = [step(index, "done" if index < 60 else "pending", "<" * 300) for index in range(100)]
    steps[60] = step(60, "failed", "_" * 300)
    failure = {"host": "n4", "operation": "&" * 900, "command": "*" * 900, "lines": ["[" * 900] * 9}
    error = {"index": 60, "message": "<" * 2000, "failures": [failure] * 40}
    shown = here(service, status="failed", steps=steps, error=error)

    told = tell(kind, service, shown, "job.failed", drawing="x" * 5000)

    assert told.is_done, told.because
    assert "failed" in service.text(service.only)


@EVERY_CHAT
def test_the_cluster_is_drawn_once_the_job_has_succeeded(kind, service):
    drawing = "prod: 3 nodes\n┌─ n1 ──┐\n│ voter │\n└───────┘"

    done = here(service, status="succeeded", done=3)
    tell(kind, service, done, "job.succeeded", drawing=drawing)

    assert "│ voter │" in service.text(service.only).replace("\u00a0", " ")


@EVERY_CHAT
def test_a_subscription_of_a_chat_can_be_tried(kind, service):
    told = tell(kind, service, {"id": "test"}, "subscription.test")
    assert told.is_done, told.because

    there = {"channel": service.other}
    told = tell(kind, service, {"id": "test"}, "subscription.test", settings=there)
    assert told.is_done, told.because
    assert len(service.messages) == (2 if kind == "teams" else 1)


@EVERY_CHAT
def test_of_a_job_that_is_forgotten_nothing_is_told(kind, service):
    assert tell(kind, service, {"id": JOB}, "job.succeeded").is_done
    assert service.requests == []


@pytest.mark.parametrize("kind", ["teams"])
def test_teams_is_told_when_a_job_is_accepted_wants_approval_and_has_ended(kind, service):
    for type_ in ("job.accepted", "job.approval-requested", "job.started", "step.started"):
        tell(kind, service, job(), type_)
    tell(kind, service, job(status="failed", error={"index": 0, "message": "no"}), "job.failed")

    assert service.posts == 3
    [action] = service.messages["2"]["actions"]
    assert (action["type"], action["url"]) == ("Action.OpenUrl", PAGE)
