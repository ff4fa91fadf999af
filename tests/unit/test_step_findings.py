"""What a step that succeeded has found: it is kept with its job, and its event tells how much."""

import pytest
from ledger_records import add, claim

from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.job_documents import job_document
from workflows.ledger.ledger import Ledger

KEY = "ssh-ed25519 " + "A" * 68


@pytest.fixture
def ledger(redis):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", KEY))
    return Ledger(redis)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ({}, []),
        ({"findings": [], "facts": {"n1": {}}}, []),
        (
            {"facts": {}, "findings": [{"code": "already-node", "severity": "info"}]},
            [{"code": "already-node", "severity": "info"}],
        ),
    ],
    ids=["nothing", "facts alone", "a note"],
)
def test_what_a_step_found_though_it_succeeded_is_read_with_its_job(ledger, output, expected):
    add(ledger)
    lease, _ = claim(ledger, 0)

    assert ledger.done(lease, output)

    steps = job_document(ledger.job("j1"))["steps"]
    assert [step["findings"] for step in steps] == [expected, []]


def test_a_step_that_warned_says_in_its_event_how_often(ledger):
    add(ledger)
    lease, _ = claim(ledger, 0)

    warned, noted = {"severity": "warn"}, {"severity": "info"}
    assert ledger.done(lease, {"findings": [warned, noted, warned]})
    last, _ = claim(ledger, 1)
    assert ledger.done(last, {})

    successes = [dict(e.data) for e in ledger.events("j1") if e.type == "step.succeeded"]
    assert successes == [{"warnings": 2}, {}]
