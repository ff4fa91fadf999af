"""``jobs show`` and ``jobs evidence`` of a job that a ticket asked for."""

import json
import stat

import pytest
from api_requests import HOST_KEY
from serving import serving

from cluster.spec import Host
from workflows.evidence.bundle import digest_of
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.plan import Change
from workflows.references import Reference
from workflows.submit import submit

LINK = "https://jira.test/browse/OPS-42"


@pytest.fixture
def asked_for(redis):
    """Make a job that a ticket asks for; return its id."""

    def ask(reference):
        inventory = Inventory(redis)
        inventory.put_host(Host("n1", "10.0.0.1", HOST_KEY))
        wish = Change("prod", "create-cluster", {"control_plane": ["n1"]})
        return submit(Ledger(redis), inventory, wish, reference=reference).job.id

    return ask


def test_the_ticket_is_shown_and_where_it_is(redis, settings, asked_for):
    job = asked_for(Reference("tickets", "OPS-42", LINK))
    with serving(redis, settings) as api:
        shown = api.run("jobs", "show", job)
        told = json.loads(api.run("jobs", "show", job, "--json").stdout)

    assert f"asked for by tickets: OPS-42 <{LINK}>\n" in shown.stdout
    assert told["reference"] == {"source": "tickets", "subject": "OPS-42", "url": LINK}


def test_a_ticket_without_a_link_is_shown_by_its_name(redis, settings, asked_for):
    job = asked_for(Reference("tickets", "OPS-42"))
    with serving(redis, settings) as api:
        shown = api.run("jobs", "show", job)

    assert "asked for by tickets: OPS-42\n" in shown.stdout


def test_the_evidence_of_a_job_is_shown_to_people_and_proves_itself_to_programs(
    redis, settings, asked_for
):
    job = asked_for(Reference("tickets", "OPS-42", LINK))
    with serving(redis, settings) as api:
        shown = api.run("jobs", "evidence", job[:8])
        told = json.loads(api.run("jobs", "evidence", job, "--json").stdout)

    assert shown.stdout.startswith("# create-cluster of prod: running\n")
    assert "| Ticket | OPS-42 (tickets) https\\://jira.test/" in shown.stdout
    assert told["digest"] == digest_of(told)
    assert told["digest"] in shown.stdout


def test_evidence_is_written_to_a_file_of_its_owner(redis, settings, asked_for, tmp_path):
    job, file = asked_for(None), tmp_path / "evidence.json"
    with serving(redis, settings) as api:
        result = api.run("jobs", "evidence", job, "--format", "json", "-o", str(file))

    told = json.loads(file.read_text())
    assert told["digest"] == digest_of(told)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert result.stdout == ""
    assert told["digest"] in result.stderr


def test_a_file_that_cannot_be_written_is_told_with_what_to_do(
    redis, settings, asked_for, tmp_path
):
    job = asked_for(None)
    with serving(redis, settings) as api:
        result = api.run("jobs", "evidence", job, "-o", str(tmp_path / "none" / "evidence.md"))

    assert result.exit_code == 1
    assert "cannot write" in result.stderr
    assert "name another file with -o" in result.stderr
