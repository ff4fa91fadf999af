"""Hooks on trial: what an event would lead to, and what keeps it from that."""

import json
import time

from api_requests import CHANGES, Steps, change
from hook_rules import apply, rule_text
from signed_requests import SECRETS, SIGNED

HOOK = "/v1/hooks/sender"
SECRET = SECRETS["github"][0]


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


def test_a_hook_that_is_tried_tells_that_its_source_may_not_ask_for_the_change(client):
    apply(client, rule_text("github", environments="[staging]"))
    made = SIGNED["github"](SECRET, time.time())

    answer = client.post(f"{HOOK}/test", headers=dict(made.headers), data=made.body)

    [event] = answer.json["events"]
    assert (event["allowed"], event["change"]["kind"]) == (False, "create-cluster")
    assert "source sender has change on clusters prod* that are for staging" in event["because"]
