"""Buttons of chats over live HTTP: each is for one plan, one moment of a job, and who may."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from api_requests import Steps
from chatting import APPROVAL, BOB, EVE, MANY, WITH_BUTTONS, buttons, newest, told
from signed_requests import Request

from workflows.states import JobStatus

CHATS_WITH_BUTTONS = pytest.mark.parametrize("kind", WITH_BUTTONS)


@CHATS_WITH_BUTTONS
def test_a_button_approves_once_however_often_its_press_is_delivered(open_chat, ledger, kind):
    chat = open_chat(kind, limits=APPROVAL)
    asked = chat.ask("add worker n2 to prod")
    job = newest(ledger)
    request = chat.pressed(buttons(asked)["approve"], BOB)

    with ThreadPoolExecutor(MANY) as pool:
        answers = list(pool.map(lambda _: chat.send(request), range(MANY)))

    assert len({answer.content for answer in answers}) == 1
    assert "bob asked to approve it" in told(answers[0].json())
    assert ledger.job(job.id).approved_by == "chat:sender:bob"


@CHATS_WITH_BUTTONS
def test_a_button_that_one_may_not_press_still_serves_another(open_chat, ledger, kind):
    chat = open_chat(kind, limits=APPROVAL)
    asked = chat.ask("add worker n2 to prod")
    job = newest(ledger)

    refused = chat.press(asked, "approve", EVE)
    chat.press(asked, "approve", BOB)

    assert "needs the role approver or admin" in told(refused)
    assert ledger.job(job.id).approved_by == "chat:sender:bob"


@CHATS_WITH_BUTTONS
def test_a_button_of_a_job_that_has_moved_on_does_nothing_and_shows_it_as_it_is(
    open_chat, ledger, kind
):
    chat = open_chat(kind, limits=APPROVAL)
    asked = chat.ask("add worker n2 to prod")
    job = newest(ledger)
    ledger.approve(job.id)

    answer = chat.press(asked, "reject", BOB)
    cancelled = chat.press(asked, "cancel")

    assert "the job has moved on" in told(cancelled)
    assert "the job has moved on" in told(answer)
    assert ledger.job(job.id).status is JobStatus.RUNNING


@CHATS_WITH_BUTTONS
def test_a_button_whose_time_is_over_does_nothing(open_chat, ledger, kind, monkeypatch):
    chat = open_chat(kind, limits=APPROVAL)
    monkeypatch.setattr("workflows.chat.answers.BUTTON_SECONDS", -10)
    asked = chat.ask("add worker n2 to prod")
    job = newest(ledger)

    response = chat.send(chat.pressed(buttons(asked)["approve"], BOB))

    # Mattermost's own press is unsigned, so its time is part of what proves it.
    if kind == "mattermost":
        assert response.status_code == 401
    else:
        assert "its time is over" in told(response.json())
    assert ledger.job(job.id).status is JobStatus.AWAITING_APPROVAL


@CHATS_WITH_BUTTONS
def test_a_button_that_was_tampered_with_does_nothing(open_chat, ledger, kind):
    chat = open_chat(kind, limits=APPROVAL)
    asked = chat.ask("add worker n2 to prod")
    job = newest(ledger)
    button = buttons(asked)["reject"]
    if kind == "mattermost":
        forged = {**button, "pressed": button["pressed"].replace("reject", "approve")}
        assert chat.send(chat.pressed(forged, BOB)).status_code == 401
    else:
        genuine = chat.pressed(button, BOB)
        forged = genuine.body.replace(b"reject.", b"approve.")
        assert forged != genuine.body
        assert chat.send(Request(genuine.headers, forged)).status_code == 401
        digest = job.plan["digest"][7:23]
        other = chat.send(chat.pressed(button.replace(digest, "0" * 16), BOB))
        assert "its plan is" in told(other.json())

    assert ledger.job(job.id).status is JobStatus.AWAITING_APPROVAL


FAILURE = {
    "host": "n2",
    "message": "cannot install MicroK8s: no snap",
    "operation": "Install MicroK8s",
    "command": "snap install microk8s",
    "exit_code": 1,
    "lines": ["error: snap not found"],
    "advice": "see whether the store answers",
}
ERROR = {"message": "cannot do it: no", "advice": "", "transient": False, "failures": [FAILURE]}


def fail(ledger, job):
    steps = Steps(ledger, job)
    steps.begin()
    assert ledger.failed(steps.leases[0], ERROR, None)


def test_why_tells_which_host_failed_by_which_command_and_what_to_do(open_chat, ledger):
    chat = open_chat("slack")
    chat.say("add worker n2 to prod")
    fail(ledger, newest(ledger).id)

    why = chat.say(f"why {newest(ledger).id[:6]}")

    for line in (
        "step 1 of 6",
        "cannot do it: no",
        "host n2: Install MicroK8s",
        "command: snap install microk8s (exit code 1)",
        "error: snap not found",
        "see whether the store answers",
        "next: mend the cause, then retry",
    ):
        assert line in why


def test_a_failed_job_is_retried_by_a_button_once(open_chat, ledger):
    chat = open_chat("slack")
    chat.say("add worker n2 to prod")
    job = newest(ledger).id
    fail(ledger, job)
    why = chat.ask(f"why {job[:6]}")

    retried = chat.press(why, "retry")

    assert "jane asked to retry it" in told(retried)
    assert ledger.job(job).status is JobStatus.RUNNING
    fail(ledger, job)
    assert "the job has moved on" in told(chat.press(why, "retry"))
    assert ledger.job(job).status is JobStatus.FAILED
