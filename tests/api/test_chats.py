"""Chats over live HTTP: who writes there is answered, and may do what the rule file says."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from api_requests import HOST_KEY, Steps
from chatting import (
    APPROVAL,
    BOB,
    CHATS,
    EVE,
    IDA,
    MANY,
    NOBODY,
    discord_typing,
    is_for_all,
    newest,
    told,
)
from signed_requests import SIGNED

from cluster.spec import Host
from workflows.states import JobStatus

EVERY_CHAT = pytest.mark.parametrize("kind", CHATS)


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
def test_what_would_become_of_a_quorum_is_told_with_numbers_and_advice(open_chat, ledger, kind):
    chat = open_chat(kind)
    before = len(ledger.jobs())

    answer = chat.say("quorum prod if remove n1 and add n2", EVE).replace("\\", "")

    assert "prod, as its record says (nobody has looked yet): " in answer
    assert "n1: voter, leads" in answer
    assert "! remove n1: refused: " in answer
    assert "destroy the cluster" in answer
    assert "+ add n2: 1 of 1 voters (survives 0) meanwhile" in answer
    assert "cannot try remove:n9" in chat.say("quorum prod if remove n9", EVE).replace("\\", "")
    assert "nobody here is known" in chat.say("quorum prod", NOBODY)
    assert len(ledger.jobs()) == before


def test_who_is_alone_in_that_they_may_approve_may_approve_what_they_have_asked_for(
    open_chat, ledger, redis
):
    alone = '      "T1:U1": {name: jane, roles: [operator, approver]}\n'
    chat = open_chat("slack", limits=APPROVAL, people=alone)
    redis.delete("cw:tokens")
    chat.say("add worker n2 to prod")
    job = newest(ledger)
    assert job.status is JobStatus.AWAITING_APPROVAL

    chat.say(f"approve {job.id[:8]} {job.plan['digest'][7:20]}")

    after = ledger.job(job.id)
    assert (after.status, after.approved_alone) == (JobStatus.RUNNING, True)


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
    assert "did you mean prod?" in chat.say("status prdo")
    assert "cannot find cluster nowhere" in chat.say("jobs nowhere")


def test_what_can_be_accepted_is_told_by_the_plan_as_a_command_that_is_then_carried_out(
    open_chat, client, inventory, ledger
):
    chat = open_chat("mattermost")
    client.put("/v1/approval-policy", json={"asks": "never"})
    inventory.put_host(Host("n4", "10.0.0.4", HOST_KEY))
    params = {"control_plane": ["n2", "n3", "n4"], "environment": "prod"}
    body = {"kind": "create-cluster", "params": params, "accept": ["prod-without-ha"]}
    made = client.post("/v1/clusters/live/changes", json=body)
    Steps(ledger, made.json["id"]).finish()

    plan = chat.say("plan remove n2 from live")
    command = plan.partition("if what refuses it may stand, type ")[2].partition("\n")[0]
    refused = chat.say("remove n2 from live")
    answer = chat.say(command)

    assert command == "change remove-node live node=n2 accepting prod-without-ha"
    assert "1 finding refuses it" in refused
    assert newest(ledger).accept == {"prod-without-ha"}
    assert newest(ledger).id[:8] in answer


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
