"""``recover-quorum`` on a terminal: what is told before it, who is refused, and what is asked."""

import json
import time

import pytest
from api_requests import CHANGES, HOST_KEY, Steps
from serving import serving

from cli.client import Client
from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger

LOST = ("--lost", "n2,n3")
SURE = ("--confirm", "prod", "--dead-are-off")
LEADERLESS = {
    "at": time.time(),
    "nodes": [],
    "has_leader": False,
    "members": [
        {"host": f"n{number}", "address": f"10.0.0.{number}:19001", "role": "voter", "alive": alive}
        for number, alive in ((1, True), (2, False), (3, False))
    ],
    "findings": [],
}


@pytest.fixture
def api(redis, settings):
    """An API with a cluster of three of which one answers, as it was seen last."""
    inventory, ledger = Inventory(redis), Ledger(redis)
    for number in (1, 2, 3):
        inventory.put_host(Host(f"n{number}", f"10.0.0.{number}", HOST_KEY))
    with serving(redis, settings) as served:
        client = Client(served.url, served.token)
        wish = {"kind": "create-cluster", "params": {"control_plane": ["n1", "n2", "n3"]}}
        Steps(ledger, client.post(CHANGES, wish)["id"]).finish()
        look = Steps(ledger, client.post(CHANGES, {"kind": "verify", "params": {}})["id"])
        look.begin()
        look.observe(LEADERLESS)
        look.end()
        yield served


def test_a_plan_tells_each_step_from_where_there_is_no_way_back_and_that_nobody_guards(api):
    result = api.run("plan", "recover-quorum", "prod", *LOST, *SURE)

    assert result.exit_code == 0, result.output
    steps = [
        "See that cluster prod has lost its quorum, and that n2, n3 are silent",
        "Stop MicroK8s on n1",
        "Keep a copy of the datastore's folder on n1",
        "Make n1 the whole membership of the datastore, from the freshest log",
        "Start MicroK8s on n1",
    ]
    places = [result.output.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)
    assert "no way back" in result.output
    assert "guard-exempt" in result.output
    assert "few-control-planes-left" in result.output


def test_a_plan_is_one_document_for_programs(api):
    told = json.loads(api.run("plan", "recover-quorum", "prod", *LOST, *SURE, "--json").stdout)

    assert told["allowed"] is True
    final = [step["name"] for step in told["steps"] if step["final"]]
    assert final == ["reconfigure_datastore", "remove_dead_node", "remove_dead_node"]
    assert sorted(told["after"]["nodes"]) == ["n1"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((*LOST, "--confirm", "prod"), "lost-not-confirmed"),
        ((*LOST, "--confirm", "other", "--dead-are-off"), "not-confirmed"),
        (("--lost", "n1,n2,n3", *SURE), "no-survivor"),
        (("--lost", "n2", *SURE), "survivor-silent"),
        (("--lost", "n1,n2", *SURE), "node-alive"),
    ],
)
def test_a_recovery_that_makes_no_sense_is_refused_with_its_reason_and_begins_nothing(
    api, redis, words, code
):
    before = [job.id for job in Ledger(redis).jobs(limit=9)]

    result = api.run("change", "recover-quorum", "prod", *words)

    assert result.exit_code == 1
    assert code in result.stderr
    assert [job.id for job in Ledger(redis).jobs(limit=9)] == before


def test_a_change_is_asked_for_with_what_was_said_and_its_first_step_only_looks(api, redis):
    result = api.run("change", "recover-quorum", "prod", *LOST, *SURE)

    assert result.exit_code == 0, result.output
    job = Ledger(redis).jobs(limit=1)[0]
    assert job.kind == "recover-quorum"
    assert job.params == {"lost": ["n2", "n3"], "confirm": "prod", "dead_are_off": True}
    assert [step.name for step in job.steps[:2]] == ["observe", "confirm_loss"]
