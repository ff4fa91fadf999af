"""The page of a job that a ticket asked for links to the ticket, whatever it is called."""

import re

import pytest
from api_requests import HOST_KEY

from cluster.spec import Host
from workflows.plan import Change
from workflows.references import Reference
from workflows.submit import submit

PARAMS = {"control_plane": ["n1"]}


@pytest.fixture
def page_of(member, ledger, inventory):
    def show(reference):
        inventory.put_host(Host("n1", "10.0.0.1", HOST_KEY))
        wish = Change("prod", "create-cluster", PARAMS)
        job = submit(ledger, inventory, wish, reference=reference).job
        return member.get(f"/jobs/{job.id}").text

    return show


def test_a_ticket_is_linked_without_handing_the_page_to_it(page_of):
    text = page_of(Reference("tickets", "OPS-42", "https://jira.test/browse/OPS-42"))

    link = '<a href="https://jira.test/browse/OPS-42" rel="noopener noreferrer">OPS-42</a>'
    assert f"Asked for by tickets: {link}" in text


def test_what_a_ticket_is_called_is_no_markup(page_of):
    text = page_of(Reference("tickets", "<script>alert(1)</script>"))

    assert "Asked for by tickets: &lt;script&gt;alert(1)&lt;/script&gt;</p>" in text


def test_a_job_without_a_ticket_says_nothing_of_one(page_of):
    assert "Asked for by" not in page_of(None)


def test_the_page_leads_to_the_evidence_in_both_forms(page_of, member):
    links = re.findall(r'href="(/v1/jobs/[0-9a-f]+/evidence\?format=\w+)"', page_of(None))

    answers = [member.get(link.replace("&amp;", "&")) for link in links]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.mimetype for answer in answers] == ["text/markdown", "application/json"]
