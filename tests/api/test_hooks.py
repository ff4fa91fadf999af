"""Hooks: an event of a known sender leads to one job, and of nobody else to nothing."""

import json
import time

import pytest
from api_requests import CHANGES, Steps, change
from hook_rules import apply, rule_text, trust
from kombu.exceptions import OperationalError
from signed_requests import SECRETS, SIGNED

from workflows.hooks import secrets
from workflows.hooks.signing import timestamps
from workflows.hooks.sources import glpi
from workflows.states import JobStatus

HOOK = "/v1/hooks/sender"
SECRET = SECRETS["github"][0]
ALERT_RULES = {"rule": "    cool_down: 30m\n"}


@pytest.fixture
def send(anonymous):
    """Send what a kind of sender sends, signed at a moment, now if none is given."""

    def send(kind, *, secret=SECRET, at=None, body=None, to=HOOK):
        made = SIGNED[kind](secret, at or time.time(), *([body] if body is not None else []))
        return anonymous.open(
            to, method=made.method, headers=dict(made.headers), data=made.body,
            query_string=dict(made.query),
        )  # fmt: skip

    return send


@pytest.fixture
def github(client, ledger, settings):
    """The rule file knows one sender, GitHub."""
    apply(client, rule_text("github"))
    trust(settings)
    return client


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


def test_a_hook_that_is_tried_tells_that_its_source_may_not_ask_for_the_change(client):
    apply(client, rule_text("github", environments="[staging]"))
    made = SIGNED["github"](SECRET, time.time())

    answer = client.post(f"{HOOK}/test", headers=dict(made.headers), data=made.body)

    [event] = answer.json["events"]
    assert (event["allowed"], event["change"]["kind"]) == (False, "create-cluster")
    assert "source sender has change on clusters prod* that are for staging" in event["because"]


def test_what_planning_refuses_is_told_and_not_asked_for_again(github, client, send, ledger):
    first = client.post(CHANGES, json=change(params={"control_plane": ["n2"]}))
    Steps(ledger, first.json["id"]).finish()

    answer = send("github")

    [event] = answer.json["events"]
    assert (answer.status_code, event["outcome"]) == (200, "refused")
    assert "prod" in event["because"]


def test_all_alerts_within_a_cool_down_lead_to_one_job(client, ledger, settings, send):
    apply(client, rule_text("alertmanager", **ALERT_RULES))
    trust(settings)

    answers = [send("alertmanager", at=1_800_000_000 + hour * 60) for hour in range(5)]

    jobs = {event["job"] for answer in answers for event in answer.json["events"]} - {None}
    assert jobs == {job.id for job in ledger.jobs()}
    assert len(jobs) == 1


def test_an_alert_within_the_cool_down_makes_no_second_job_once_the_first_is_over(
    client, ledger, settings, send
):
    apply(client, rule_text("alertmanager", **ALERT_RULES))
    trust(settings)
    first = send("alertmanager", at=1_800_000_000).json["events"][0]["job"]
    ledger.cancel(first)

    again = send("alertmanager", at=1_800_000_060).json["events"][0]["job"]

    assert again == first
    assert ledger.job(first).status is JobStatus.CANCELLED
    assert len(ledger.jobs()) == 1


@pytest.mark.parametrize(
    ("kind", "is_known_longer"), [("alertmanager", True), ("grafana", True), ("github", False)]
)
def test_an_alert_that_fires_for_days_stays_one_job_while_it_is_sent(
    client, ledger, settings, send, redis, kind, is_known_longer
):
    apply(client, rule_text(kind))
    trust(settings)
    at = int(time.time())
    first = send(kind, at=at).json["events"][0]["job"]
    Steps(ledger, first).finish()
    for key in redis.keys("cw:key:*"):
        redis.expire(key, 60)  # nearly a day has passed since

    again = send(kind, at=at).json["events"][0]["job"]

    assert again == first
    left = max(redis.ttl(key) for key in redis.keys("cw:key:*"))
    assert (left > 86_400) is is_known_longer


def test_an_event_is_known_for_longer_than_a_signature_of_it_is_good(github, send, redis):
    send("github")

    [key] = redis.keys("cw:key:*")
    assert redis.ttl(key) > glpi.WINDOW_SECONDS + timestamps.WINDOW_SECONDS


def test_a_job_of_a_sender_waits_for_approval_where_its_rules_say_so(
    client, ledger, settings, send
):
    apply(client, rule_text("github", approve_within=8))
    trust(settings)

    job = ledger.job(send("github").json["events"][0]["job"])

    assert job.status is JobStatus.AWAITING_APPROVAL
    assert job.approve_within == 8


def test_while_a_secret_is_replaced_both_are_good_and_then_the_newest_alone(github, send, settings):
    made = github.post("/v1/hooks/sender/secrets")
    fresh = made.json["secret"].encode()
    assert made.status_code == 201
    assert made.json["secrets"] == 2
    assert send("github").status_code == send("github", secret=fresh).status_code == 202

    assert github.post("/v1/hooks/sender/secrets/retire").json == {"retired": 1}

    assert send("github").status_code == 401
    assert send("github", secret=fresh).status_code == 202
    [row] = github.get("/v1/hooks").json["hooks"]
    assert (row["name"], row["title"], row["secrets"]) == ("sender", "GitHub", 1)
    assert "secret" not in row


def test_a_secret_stands_in_a_file_that_its_owner_alone_reads_and_not_in_redis(
    github, redis, settings
):
    made = github.post("/v1/hooks/sender/secrets").json["secret"]

    file = secrets.file_of(settings.data_dir, "sender")
    assert made in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    kept = [redis.dump(key) for key in redis.scan_iter()]
    assert kept
    assert not any(made.encode() in str(text).encode() for text in kept)


@pytest.mark.parametrize("secret", ["", " ", "two\nlines", "x" * 513])
def test_what_can_be_no_secret_is_refused_with_its_field(github, secret):
    answer = github.post("/v1/hooks/sender/secrets", json={"secret": secret})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/secret"


@pytest.mark.parametrize("kind", ["discord", "teams", "standard-webhooks"])
def test_a_secret_of_another_form_than_its_senders_is_refused_since_nothing_could_fit_it(
    client, settings, kind
):
    apply(client, rule_text(kind))
    address = "/v1/hooks/sender/secrets"

    wrong = client.post(address, json={"secret": "what I have found there!"})
    right = client.post(address, json={"secret": f"{SECRETS[kind][0].decode()}\n"})

    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/secret")
    assert "enter the" in wrong.json["errors"][0]["detail"]
    assert (right.status_code, right.json["secrets"]) == (201, 1)


@pytest.mark.parametrize("kind", ["discord", "teams"])
def test_no_secret_is_made_for_a_sender_that_takes_none(client, settings, kind):
    apply(client, rule_text(kind))

    answer = client.post("/v1/hooks/sender/secrets")

    assert answer.status_code == 422
    assert secrets.secrets_of(settings.data_dir, "sender") == ()


def test_a_hook_is_tried_without_a_signature_and_nothing_happens(github, ledger):
    made = SIGNED["github"](SECRET, time.time())

    answer = github.post(f"{HOOK}/test", headers=dict(made.headers), data=made.body)

    assert answer.status_code == 200, answer.text
    [event] = answer.json["events"]
    [row] = event["rules"]
    assert (row["rule"], row["matched"]) == ("make-it", True)
    assert event["change"]["kind"] == "create-cluster"
    assert event["allowed"] is True
    assert not ledger.jobs()


def test_a_hook_that_is_tried_tells_what_would_keep_its_change_from_being_made(
    github, client, ledger
):
    first = client.post(CHANGES, json=change(params={"control_plane": ["n2"]}))
    Steps(ledger, first.json["id"]).finish()
    made = SIGNED["github"](SECRET, time.time())

    answer = github.post(f"{HOOK}/test", headers=dict(made.headers), data=made.body)

    [event] = answer.json["events"]
    assert event["allowed"] is False
    assert event["findings"][0]["code"] == "cluster-exists"
    assert json.dumps(answer.json)


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
