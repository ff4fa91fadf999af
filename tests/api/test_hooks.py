"""Hooks: an event of a known sender leads to one job, and of nobody else to nothing."""

import time

import pytest
from api_requests import CHANGES, Steps, change
from hook_rules import apply, rule_text, trust
from kombu.exceptions import OperationalError
from signed_requests import SECRETS

from workflows.states import JobStatus


def counted(client):
    lines = client.get("/metrics").text.splitlines()
    found = [line for line in lines if line.startswith("clusterwright_hook_events_total{")]
    return {line.partition("{")[2].rpartition("}")[0]: float(line.split()[-1]) for line in found}


def test_an_event_leads_to_the_job_that_its_rule_asks_for(github, send, ledger):
    answer = send("github")

    [event] = answer.json["events"]
    job = ledger.job(event["job"])
    assert answer.status_code == 202
    assert answer.headers["Location"] == event["links"]["job"] == f"/v1/jobs/{job.id}"
    assert (event["outcome"], event["because"]) == ("job", None)
    assert (job.kind, job.cluster, job.requested_by) == ("create-cluster", "prod", "hook:sender")
    assert job.via == "hook"
    assert counted(github) == {'outcome="job",sender="sender"': 1.0}


def test_an_event_that_is_sent_again_leads_to_the_same_answer_though_its_job_is_over(
    github, send, ledger
):
    first = send("github", at=1_800_000_000)
    Steps(ledger, first.json["events"][0]["job"]).finish()

    again = send("github", at=1_800_000_000)

    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert len(ledger.jobs()) == 1


def test_an_event_that_nobody_queued_leads_to_the_same_job_and_that_is_carried_out(
    github, send, ledger, monkeypatch
):
    def lost(*_):
        raise OperationalError("the API ends here")

    with monkeypatch.context() as patch:
        patch.setattr("workflows.submit.publish", lost)
        assert send("github", at=1_800_000_000).status_code == 503
    [job] = ledger.jobs()

    again = send("github", at=1_800_000_000)

    assert again.json["events"][0]["job"] == job.id
    ledger.redis.zadd("cw:due", {job.id: 1})  # its grace is over
    assert ledger.due() == [job.id]


def test_an_event_without_a_rule_is_ignored_and_says_why(client, ledger, settings, send):
    apply(client, rule_text("github", types="release"))
    trust(settings)

    answer = send("github")

    [event] = answer.json["events"]
    assert (answer.status_code, event["outcome"], event["job"]) == (200, "ignored", None)
    assert event["because"].startswith("ignored, because no rule fits: make-it: the type push")
    assert not ledger.jobs()


@pytest.mark.parametrize("secret", [b"another-secret-0123456789abcdef", b""], ids=["wrong", "none"])
def test_who_signs_with_another_secret_is_not_believed_and_is_counted(github, send, ledger, secret):
    answer = send("github", secret=secret)

    assert answer.status_code == 401
    assert answer.json["type"] == "/problems/unsigned-event"
    assert not ledger.jobs()
    assert counted(github) == {'outcome="unsigned",sender="sender"': 1.0}


def test_a_sender_without_a_secret_is_not_believed(client, ledger, send):
    apply(client, rule_text("github"))

    assert send("github", secret=b"").status_code == 401
    assert not ledger.jobs()


def test_a_sender_that_no_rule_file_names_is_not_found(github, send):
    answer = send("github", to="/v1/hooks/stranger")

    assert (answer.status_code, answer.json["type"]) == (404, "/problems/hook-not-found")
    assert counted(github) == {'outcome="unknown",sender="unknown"': 1.0}


def test_a_signed_event_that_makes_no_sense_is_refused_once_and_for_all(
    github, send, ledger, caplog
):
    answer = send("github", body=b"{")

    assert (answer.status_code, answer.json["type"]) == (400, "/problems/unreadable-event")
    assert answer.json["detail"].startswith("cannot read the body as JSON")
    # Whoever sends it seldom shows the answer: who looks for the cause finds it in the log.
    assert f"event of sender: not read: {answer.json['detail']}" in caplog.text
    assert not ledger.jobs()


def test_what_a_sender_may_not_ask_for_is_refused_and_told(client, ledger, settings, send):
    apply(client, rule_text("github", environments="[staging]"))
    trust(settings)

    answer = send("github")

    [event] = answer.json["events"]
    assert (answer.status_code, event["outcome"]) == (200, "refused")
    assert event["because"] == (
        "cannot ask for create-cluster of prod: it needs the permission change there, and source "
        "sender has change on clusters prod* that are for staging; look at its environments and "
        "kinds in the rule file, or ask for it with a token"
    )
    assert not ledger.jobs()


def test_what_planning_refuses_is_told_and_not_asked_for_again(github, client, send, ledger):
    first = client.post(CHANGES, json=change(params={"control_plane": ["n2"]}))
    Steps(ledger, first.json["id"]).finish()

    answer = send("github")

    [event] = answer.json["events"]
    assert (answer.status_code, event["outcome"]) == (200, "refused")
    assert "prod" in event["because"]


def test_a_job_of_a_sender_waits_for_approval_where_its_rules_say_so(
    client, ledger, settings, send
):
    apply(client, rule_text("github", approve_within=8))
    trust(settings)

    job = ledger.job(send("github").json["events"][0]["job"])

    assert job.status is JobStatus.AWAITING_APPROVAL
    assert job.approve_within == 8


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("slack", lambda answer: answer["text"]),
        ("mattermost", lambda answer: answer["text"]),
        ("teams", lambda answer: answer["text"]),
        ("discord", lambda answer: answer["data"]["content"]),
    ],
)
def test_who_asks_in_a_chat_is_answered_in_its_form_with_the_page_of_the_job(
    client, ledger, settings, send, kind, found
):
    apply(client, rule_text(kind))
    secret = trust(settings, secret=SECRETS[kind][0])

    answer = send(kind, secret=secret, at=time.time())

    [job] = ledger.jobs()
    assert answer.status_code == 200
    assert found(answer.json).endswith(f"/jobs/{job.id}")


def test_what_a_chat_is_told_cannot_name_people_or_be_a_link_to_elsewhere(
    client, ledger, settings, send
):
    apply(client, rule_text("slack", types="'<!channel>*'"))
    secret = trust(settings, secret=SECRETS["slack"][0])

    told = send("slack", secret=secret).json["text"]

    assert "none of &lt;!channel&gt;*" in told
    assert "<" not in told
