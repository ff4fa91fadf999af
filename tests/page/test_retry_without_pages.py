"""A job's page offers to go on without hosts that are lost for good."""

import re

import pytest
from job_scenes import FAILURE
from seeding import Worker, put_hosts, submitted

JOIN = 3


@pytest.fixture
def job(ledger, inventory):
    """A job that has failed as its workers were to join."""
    hosts = put_hosts(inventory, 3)
    job = submitted(ledger, inventory, "prod", control_plane=hosts[:1], workers=hosts[1:])
    worker = Worker(ledger, job)
    for index in range(JOIN):
        worker.carry_out(index)
    worker.begin(JOIN)
    worker.fail(JOIN, FAILURE)
    return job


def form_of(text, verb):
    return re.search(rf'<form method="post" action="/jobs/\w+/{verb}">.*?</form>', text, re.S)[0]


def test_the_hosts_of_the_job_can_be_given_up_and_the_page_says_that_it_goes_on_without(
    member, ledger, job
):
    shown = form_of(member.get(f"/jobs/{job}").text, "retry")
    assert re.findall(r'name="without" value="([^"]+)"', shown) == ["n1", "n2", "n3"]

    answer = member.send(f"/jobs/{job}/retry", {"without": "n3"})

    assert answer.status_code == 303, answer.text
    assert ledger.job(job).without == {"n3"}
    text = member.get(f"/jobs/{job}").text
    assert "See that n3 is out of cluster prod" in text
    assert "without n3" in text
    assert "Given up as lost: n3." in text


def test_a_node_is_refused_with_the_reason_and_a_link_back_to_the_job(member, ledger, job):
    answer = member.send(f"/jobs/{job}/retry", {"without": "n1"})

    assert answer.status_code == 409
    assert "it is a node of cluster prod already" in answer.text
    assert f"/jobs/{job}#job-banner" in answer.text
    assert ledger.job(job).status == "failed"


def test_who_was_given_up_before_is_marked_so_with_the_next_retry(member, ledger, job):
    member.send(f"/jobs/{job}/retry", {"without": "n3"})
    worker = Worker(ledger, job)
    worker.begin(JOIN)
    worker.fail(JOIN, FAILURE)

    shown = form_of(member.get(f"/jobs/{job}").text, "retry")

    assert re.findall(r'value="([^"]+)" checked', shown) == ["n3"]
    assert member.send(f"/jobs/{job}/retry", {"without": "n3"}).status_code == 303
