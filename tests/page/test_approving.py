"""Changes that somebody has to approve, as they are asked for and approved on the page."""

import re
from html import unescape

import pytest
from seeding import put_hosts
from visitor import Visitor

from api.access.tokens import new_token, register

FORM = {
    "kind": "create-cluster",
    "cluster": "prod",
    "order": "",
    "role.n1": "control_plane",
    "environment": "dev",
    "channel": "1.32/stable",
    "reason": "why not",
}


@pytest.fixture
def job(member, inventory):
    """The address of a job that waits for approval."""
    put_hosts(inventory, 1)
    form = FORM | {"approve_within": "24"}
    plan = member.send("/changes/plan", form)
    assert "it begins once somebody approves it, within 24 hours" in plan.text, plan.text
    assert "--approve-within=24" in plan.text
    [digest] = set(re.findall(r'name="plan_digest" value="([^"]+)"', plan.text))
    answer = member.send("/changes", form | {"plan_digest": digest})
    assert answer.status_code == 303, answer.text
    return answer.location


def test_a_job_that_waits_for_approval_offers_to_approve_and_to_reject_it(member, job):
    shown = member.get(job).text

    assert "Nobody has approved it yet; it expires in" in shown
    assert f'action="{job}/approve"' in shown
    assert f'action="{job}/reject"' in shown


def test_who_is_to_approve_a_job_is_told_how_long_it_takes(member, redis, ledger, job):
    before = member.get(job).text
    for step in ledger.job(job.rpartition("/")[2]).steps:
        redis.rpush(f"cw:durations:{step.name}:{len(step.planned_hosts)}", "60000:j")

    shown = member.get(job).text

    assert "How long it takes is not known" in before
    assert re.search("It takes about [0-9]+ min, by 1 past run of each step on any", shown)


def test_an_approved_job_begins_and_its_log_says_who_approved_it(member, ledger, job):
    [digest] = set(re.findall(r'name="plan_digest" value="([^"]+)"', member.get(job).text))

    answer = member.send(f"{job}/approve", {"plan_digest": digest})

    assert answer.status_code == 303
    approved = ledger.job(job.rpartition("/")[2])
    assert (approved.status, approved.is_pinned) == ("running", True)
    assert f"by token {approved.approved_by} on the page" in member.get(job).text


def test_a_rejected_job_tells_the_reason(member, ledger, job):
    answer = member.send(f"{job}/reject", {"reason": "not before Monday"})

    assert answer.status_code == 303
    assert ledger.job(job.rpartition("/")[2]).status == "rejected"
    assert "not before Monday" in member.get(job).text


@pytest.mark.parametrize("hours", ["-1", "721", "soon", "1.5"])
def test_hours_that_mean_nothing_are_told_at_their_field(member, ledger, inventory, hours):
    put_hosts(inventory, 1)

    answer = member.send("/changes/plan", FORM | {"approve_within": hours})

    assert answer.status_code == 422
    assert re.search(r'f-approve_within[^>]*aria-invalid="true"', answer.text)
    assert ledger.jobs() == []


@pytest.fixture
def colleague(app, redis):
    """Somebody else who has signed in, and who may approve."""
    token = new_token()
    register(redis, token, "bob")
    visitor = Visitor(app.test_client(), token)
    assert visitor.sign_in().status_code == 303
    return visitor


def test_who_approves_is_told_what_they_agree_to(member, ledger, job):
    shown = unescape(re.sub(r"<[^>]+>|\s+", " ", member.get(job).text))

    found = ledger.job(job.rpartition("/")[2])
    said = re.sub(r"\s+", " ", shown)
    assert f"What is approved: {len(found.steps)} steps on n1" in said
    assert f"by test {found.requested_by} (session): why not" in said
    assert "Voters alive before: none, there was no cluster" in said
    assert "after: 1 of 1 voter" in said
    assert "and has waited" in said
    for step in found.steps:
        assert step.title in said


def test_who_has_asked_is_told_that_somebody_else_has_to_approve_and_that_one_does(
    member, colleague, ledger, job
):
    shown = member.get(job).text

    assert "You have asked for it, so somebody else has to approve it" in shown
    assert f'action="{job}/approve"' not in shown
    assert f'action="{job}/reject"' in shown
    digest = ledger.job(job.rpartition("/")[2]).plan["digest"]
    refused = member.send(f"{job}/approve", {"plan_digest": digest})
    assert (refused.status_code, "role approver or admin" in refused.text) == (403, True)
    assert f'action="{job}/approve"' in colleague.get(job).text
    assert colleague.send(f"{job}/approve", {"plan_digest": digest}).status_code == 303
    assert ledger.job(job.rpartition("/")[2]).status == "running"


def test_who_is_alone_approves_and_the_page_says_that_nobody_else_may(member, ledger, job):
    digest = ledger.job(job.rpartition("/")[2]).plan["digest"]

    member.send(f"{job}/approve", {"plan_digest": digest})

    assert "nobody else may approve it" in member.get(job).text


def test_a_plan_says_that_the_policy_asks_for_an_approval_and_why(member, colleague, inventory):
    put_hosts(inventory, 1)

    plan = member.send("/changes/plan", FORM | {"environment": "prod"})

    said = "within 24 hours, because the cluster is for prod"
    assert f"it begins once somebody approves it, {said}" in plan.text


def test_a_form_with_the_digest_of_another_plan_approves_nothing(member, ledger, job):
    answer = member.send(f"{job}/approve", {"plan_digest": "sha256:" + "0" * 64})

    assert answer.status_code == 409
    assert ledger.job(job.rpartition("/")[2]).status == "awaiting-approval"
