"""The pages of a cluster that is being adopted, of which no node is known yet."""

import pytest
from seeding import Worker, put_hosts

from workflows.inventory import Inventory
from workflows.plan import Change
from workflows.submit import submit

PARAMS = {"hosts": ["n1", "n2"], "environment": "dev"}
WISH = {"cluster": "prod", "kind": "adopt-cluster", "environment": "dev"} | {
    f"role.{host}": "hosts" for host in PARAMS["hosts"]
}


@pytest.fixture
def looking(ledger, inventory):
    """The job of an adoption that is looking at its hosts."""
    put_hosts(inventory, 5)
    change = Change("prod", "adopt-cluster", PARAMS)
    job = submit(ledger, Inventory(ledger.redis), change).job.id
    Worker(ledger, job).begin(0)
    return job


def test_its_plan_is_shown_before_anybody_knows_a_node(member, inventory):
    put_hosts(inventory, 5)

    answer = member.send("/changes/plan", WISH)

    assert answer.status_code == 200
    assert "Carry out this plan" in answer.text
    assert "record cluster prod as it is" in answer.text


@pytest.mark.parametrize("page", ["/", "/clusters/prod", "/jobs/{job}"])
def test_its_pages_are_there_while_it_is_looked_at(member, looking, page):
    answer = member.get(page.format(job=looking))

    assert answer.status_code == 200
    assert "prod" in answer.text


@pytest.mark.parametrize("form", ["svg", "mmd", "txt"])
def test_it_is_drawn_without_a_node(member, looking, form):
    assert member.get(f"/v1/clusters/prod/topology.{form}").status_code == 200
