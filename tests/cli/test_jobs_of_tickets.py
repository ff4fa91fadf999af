"""``jobs show`` of a job that a ticket asked for."""

import json

import pytest
from api_requests import HOST_KEY
from serving import serving

from cluster.spec import Host
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
