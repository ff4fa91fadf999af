"""Changes that somebody has to approve, as they are asked for and approved on the page."""

import re

import pytest
from seeding import put_hosts

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
