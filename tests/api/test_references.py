"""A job that an event led to keeps where it was asked, and the API tells of it."""

import json
import time

import pytest
from api_requests import CHANGES, change
from hook_rules import apply, rule_text, trust
from signed_requests import SECRETS, SIGNED

from workflows.plan import Change
from workflows.references import Reference
from workflows.submit import submit

SECRET = SECRETS["jira"][0]
ISSUE = {"key": "OPS-42", "self": "https://jira.test/rest/api/2/issue/1", "fields": {}}
LINK = "https://jira.test/browse/OPS-42"
HOSTS = {"control_plane": ["n1"]}


@pytest.fixture
def ticket(client, anonymous, settings, ledger):
    """Send an event about a ticket; return the job that it leads to."""
    apply(client, rule_text("jira", name="tickets"))
    trust(settings, "tickets", SECRET)
    made = SIGNED["jira"](SECRET, time.time(), json.dumps({"issue": ISSUE}).encode())
    answer = anonymous.post("/v1/hooks/tickets", headers=dict(made.headers), data=made.body)
    assert answer.status_code == 202, answer.text
    return answer.json["events"][0]["job"]


def test_the_job_of_a_ticket_says_which_ticket_and_links_to_it(client, ticket):
    job = client.get(f"/v1/jobs/{ticket}").json

    assert job["reference"] == {"source": "tickets", "subject": "OPS-42", "url": LINK}


def test_a_job_that_somebody_asked_for_here_has_no_reference(client, job):
    assert client.get(f"/v1/jobs/{job}").json["reference"] is None


def test_the_same_change_asked_for_otherwise_is_the_same_job_and_keeps_its_ticket(
    client, ticket, ledger
):
    answer = client.post(CHANGES, json=change(params={"environment": "dev"}))

    assert answer.json["id"] == ticket
    assert answer.json["reference"]["subject"] == "OPS-42"
    assert len(ledger.jobs()) == 1


def test_a_ticket_changes_nothing_of_the_plan(ledger, inventory, client):
    plan = client.post("/v1/clusters/prod/plans", json=change()).json

    wish = Change("prod", "create-cluster", HOSTS)
    found = submit(ledger, inventory, wish, reference=Reference("tickets", "OPS-42", LINK))

    assert found.job.plan["digest"] == plan["digest"]
