"""Chats over live HTTP: who writes there is answered, and may do what the rule file says."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import hypothesis
import pytest
from api_requests import Steps, change
from chatting import (
    BOB,
    CHATS,
    EVE,
    IDA,
    JANE,
    NOBODY,
    WITH_BUTTONS,
    Chat,
    buttons,
    discord_typing,
    is_for_all,
    rules,
    told,
)
from hook_rules import apply, trust
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from signed_requests import SIGNED, Request
from werkzeug.serving import make_server

from workflows.states import JobStatus

MANY = 20
EVERY_CHAT = pytest.mark.parametrize("kind", CHATS)
CHATS_WITH_BUTTONS = pytest.mark.parametrize("kind", WITH_BUTTONS)
APPROVAL = "    approve_within: 8\n"


@pytest.fixture
def url(app, port):
    """Where the application is served, by threads of this process."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{port}/v1/hooks/sender"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_chat(client, ledger, settings, url):
    """Open a chat of a kind, with a cluster prod of one node."""

    def open_chat(kind, **more):
        made = client.post("/v1/clusters/prod/changes", json=change())
        Steps(ledger, made.json["id"]).finish()
        apply(client, rules(kind, **more))
        chat = Chat(kind, url)
        trust(settings, secret=chat.secret)
        return chat

    return open_chat


def newest(ledger):
    return ledger.jobs()[0]


@EVERY_CHAT
def test_help_and_status_are_told_to_anybody(open_chat, kind):
    chat = open_chat(kind)

    helped, status = chat.say("help", NOBODY), chat.say("Please STATUS prod?", NOBODY)

    assert "remove HOST from CLUSTER" in helped.replace("\\", "")
    assert "n1" in status
    assert "quorum" in status
    assert "/clusters/prod" in status
    assert "prod (dev)" in chat.say("status", NOBODY).replace("\\", "")


@EVERY_CHAT
def test_who_is_not_named_may_ask_for_nothing_else_whatever_they_call_themselves(
    open_chat, ledger, kind
):
    chat = open_chat(kind)
    before = len(ledger.jobs())

    answers = [
        chat.say(text, NOBODY) for text in ("add worker n2 to prod", "jobs", "plan verify prod")
    ]

    assert all("nobody here is known as T1:U9" in answer for answer in answers)
    assert all("jane" in answer for answer in answers)
    assert len(ledger.jobs()) == before
    assert "whom the rule file does not name" in chat.say("whoami", NOBODY)


@EVERY_CHAT
def test_who_may_asks_for_a_change_and_stands_in_its_record(open_chat, ledger, kind):
    chat = open_chat(kind)

    answer = chat.ask("add worker n2 to prod because of the load test")

    job = newest(ledger)
    assert (job.kind, job.cluster, job.params["workers"]) == ("add-nodes", "prod", ["n2"])
    assert (job.requested_by, job.via, job.reason) == (
        "chat:sender:jane",
        "chat",
        "of the load test",
    )
    assert job.id[:8] in told(answer)
    assert f"/jobs/{job.id}" in told(answer)
    if kind != "teams":
        assert is_for_all(answer)


@EVERY_CHAT
def test_a_plan_tells_steps_and_voters_and_nothing_happens(open_chat, ledger, kind):
    chat = open_chat(kind)
    before = len(ledger.jobs())

    answer = chat.say("plan add control-plane n2,n3 to prod")

    assert "nothing has happened" in answer
    assert "3 of 3 voters" in answer
    assert "change add-nodes prod control" in answer.replace("\\", "")
    assert len(ledger.jobs()) == before


@EVERY_CHAT
def test_another_person_approves_and_who_asked_may_not(open_chat, ledger, kind):
    chat = open_chat(kind, limits=APPROVAL, people=WITH_TWO)
    asked = chat.ask("add worker n2 to prod")
    job = newest(ledger)
    assert job.status is JobStatus.AWAITING_APPROVAL
    assert "plan of add-nodes prod" in told(asked)

    refused = chat.say(f"approve {job.id[:8]}")
    assert "you have asked for it" in refused
    assert "bob may" in refused
    assert ledger.job(job.id).status is JobStatus.AWAITING_APPROVAL

    approved = chat.say(f"approve {job.id[:8]} {job.plan['digest'][7:20]}", BOB)

    after = ledger.job(job.id)
    assert after.status is JobStatus.RUNNING
    assert (after.approved_by, after.requested_by) == ("chat:sender:bob", "chat:sender:jane")
    assert "bob asked to approve it" in approved


WITH_TWO = """\
      "T1:U1": {name: jane, roles: [operator, approver]}
      "T1:U2": {name: bob, roles: [approver]}
"""


@EVERY_CHAT
def test_another_plan_than_the_jobs_is_not_approved_in_a_chat(open_chat, ledger, kind):
    chat = open_chat(kind, limits=APPROVAL)
    chat.say("add worker n2 to prod")
    job = newest(ledger)

    answer = chat.say(f"approve {job.id[:8]} {'0' * 16}", BOB)

    assert "its plan is" in answer
    assert ledger.job(job.id).status is JobStatus.AWAITING_APPROVAL


@EVERY_CHAT
def test_who_lacks_a_role_is_told_which_and_who_has_it(open_chat, ledger, kind):
    chat = open_chat(kind)
    before = len(ledger.jobs())

    viewer, elsewhere = chat.say("add worker n2 to prod", EVE), chat.say("verify prod", IDA)

    for answer in (viewer, elsewhere):
        assert "needs the role operator or admin on cluster prod" in answer
        assert "jane may do it" in answer
    assert len(ledger.jobs()) == before


@EVERY_CHAT
def test_what_is_not_for_the_source_is_for_nobody_there(open_chat, ledger, kind):
    chat = open_chat(kind)
    before = len(ledger.jobs())

    answer = chat.say("maintain prod packages=yes")

    assert "source sender is for" in answer.replace("\\", "")
    assert len(ledger.jobs()) == before


@EVERY_CHAT
def test_the_same_command_twenty_times_at_once_is_one_job_and_twenty_equal_answers(
    open_chat, ledger, kind
):
    chat = open_chat(kind)
    before = len(ledger.jobs())
    request = chat.typed("add worker n2 to prod")

    with ThreadPoolExecutor(MANY) as pool:
        answers = list(pool.map(lambda _: chat.send(request), range(MANY)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(ledger.jobs()) == before + 1
    assert newest(ledger).id in told(answers[0].json())


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


def test_what_cannot_be_done_is_told_with_what_can_be(open_chat, ledger):
    chat = open_chat("slack")
    chat.say("add worker n2 to prod")
    job = newest(ledger)

    impossible = chat.say(f"retry {job.id[:8]}")
    assert "it can cancel" in impossible
    assert f"type watch {job.id[:8]}, or cancel {job.id[:8]}" in impossible
    assert "no id begins so\ntype jobs" in chat.say("watch ffffffff")
    refused = chat.say("remove n3 from prod")
    assert "cannot remove-node prod" in refused
    assert "-&gt; name a node of the cluster" in refused
    assert "did you mean status?" in chat.say("stauts prod")
    assert "cannot find cluster nowhere" in chat.say("status nowhere")
    assert "type status" in chat.say("status nowhere")


def test_no_answer_takes_longer_than_slack_waits_though_no_host_can_be_reached(open_chat):
    chat = open_chat("slack")

    for text in ("status prod", "plan add worker n2 to prod", "add worker n2 to prod", "jobs"):
        begun = time.monotonic()
        chat.say(text)
        assert time.monotonic() - begun < 3


def test_discord_is_told_how_what_is_typed_may_go_on(open_chat):
    chat = open_chat("discord")
    typing = SIGNED["discord"](chat.secret, time.time(), discord_typing("status p"))

    answer = chat.answered(chat.send(typing))

    assert answer == {
        "type": 8,
        "data": {"choices": [{"name": "status prod", "value": "status prod"}]},
    }


@EVERY_CHAT
def test_a_trial_tells_what_would_be_understood_and_who_it_is(
    open_chat, client, token, ledger, kind
):
    chat = open_chat(kind)
    before = len(ledger.jobs())

    def tried(text, by):
        request = chat.typed(text, by)
        headers = {**request.headers, "Authorization": f"Bearer {token}"}
        answer = client.post("/v1/hooks/sender/test", headers=headers, data=request.body)
        assert answer.status_code == 200, answer.text
        [event] = answer.json["events"]
        return event

    jane, eve, nobody, wrong = (
        tried("please add worker n2 to prod", JANE),
        tried("add worker n2 to prod", EVE),
        tried("add worker n2 to prod", NOBODY),
        tried("ad worker n2 to prod", JANE),
    )

    assert jane["chat"] == {
        "identity": "T1:U1",
        "person": "jane",
        "roles": ["operator"],
        "command": "change add-nodes prod workers=n2",
        "because": "jane asks for this: change add-nodes prod workers=n2",
        "allowed": True,
    }
    assert (jane["change"]["kind"], jane["allowed"]) == ("add-nodes", True)
    assert "needs the role operator" in eve["because"]
    assert (eve["change"], eve["chat"]["allowed"]) == (None, False)
    assert "nobody here is known" in nobody["because"]
    assert wrong["chat"]["command"] is None
    assert "did you mean add?" in wrong["because"]
    assert len(ledger.jobs()) == before


def test_rules_tell_who_is_named_and_explain_what_is_written(open_chat, client):
    open_chat("slack")
    event = {
        "type": "slash_command",
        "data": {"team_id": "T1", "user_id": "U1", "text": "verify prod"},
    }

    [source] = client.get("/v1/rules").json["sources"]
    told = client.post("/v1/rules/explain", json={"source": "sender", "event": event}).json

    assert source["people"][0] == {
        "identity": "T1:U1",
        "name": "jane",
        "roles": ["operator"],
        "clusters": "*",
        "environments": ["dev", "prod", "staging"],
    }
    assert told["chat"]["command"] == "change verify prod"
    assert told["change"]["kind"] == "verify"


PIECES = st.sampled_from(
    [
        *("status", "jobs", "add", "remove", "plan", "change", "watch", "approve", "help", "why"),
        *("worker", "control-plane", "n1", "n2", "n9", "prod", "nowhere", "to", "from", "because"),
        *("verify", "upgrade", "1.33/stable", "JOB", "node=n1", "force=yes", '"', "<!here>", "\0"),
    ]
)
LINES = st.lists(PIECES, max_size=7).map(" ".join) | st.text(max_size=40)


def test_whatever_is_typed_is_answered_and_is_no_defect(open_chat, ledger):
    chat = open_chat("slack")
    job = newest(ledger).id[:8]

    @hypothesis.settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(text=LINES, by=st.sampled_from([JANE, BOB, EVE, NOBODY]))
    def every_line(text, by):
        response = chat.send(chat.typed(text.replace("JOB", job), by))

        assert response.status_code == 200, response.text
        assert response.json()["text"]
        assert "a defect" not in response.text

    every_line()
