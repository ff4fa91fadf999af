"""What is sent again and again: alerts that fire on, and how long an event is known."""

import time

import pytest
from api_requests import Steps
from hook_rules import apply, rule_text, trust

from workflows.hooks.signing import timestamps
from workflows.hooks.sources import glpi
from workflows.states import JobStatus

ALERT_RULES = {"rule": "    cool_down: 30m\n"}


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
