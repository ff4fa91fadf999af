"""What an undo does is what the step's module says of it, and nothing else is called undone."""

import json
from types import SimpleNamespace

import pytest
from ledger_records import record

from cluster.spec import Host
from deploy_scripts.fleet.errors import Permanent
from deploy_scripts.protocol import Result
from workflows import engine as engine_module
from workflows.engine import Engine
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.undoing import passed_over


@pytest.fixture
def ledger(redis):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", "ssh-ed25519 " + "A" * 68))
    return Ledger(redis)


@pytest.fixture
def roll_back(ledger, redis, settings, monkeypatch):
    """Roll back a job whose only step failed; return the job afterwards."""

    def fail(_, before, **__):
        before.note({"n1": "as it was"})
        raise Permanent("cannot go on")

    def do(without=(), **flags):
        job = record(steps=1)
        step = {"name": "step", "title": "Do", "hosts": ["n1"], "args": {}, "guard": None}
        step |= {"retry": {"attempts": 1, "base_seconds": 1, "cap_seconds": 1}}
        job["plan"] = json.dumps(json.loads(job["plan"]) | {"steps": [step]})
        ledger.create(job)
        module = SimpleNamespace(apply=fail, INTERRUPTIBLE=True, **flags)
        monkeypatch.setattr(engine_module, "step_module", lambda _: module)
        engine = Engine(ledger, Inventory(redis), settings, "test")
        engine.run_step("j1", 0, 1)
        engine.run_step("j1", 0, ledger.rollback("j1", without).epoch)
        return ledger.job("j1")

    return do


def test_the_undo_gets_what_was_noted_before_and_its_output_is_kept(ledger, roll_back):
    job = roll_back(UNDO="does", undo=lambda _, before: Result({"found": dict(before.noted)}))

    assert job.status == "rolled-back"
    assert ledger.output("j1", 0) == {"found": {"n1": "as it was"}}


def test_a_step_that_changes_nothing_has_nothing_undone_and_the_log_says_so(
    ledger, roll_back, caplog
):
    caplog.set_level("INFO")

    job = roll_back(UNDO="nothing")

    assert (job.status, job.steps[0].status) == ("rolled-back", "nothing-to-undo")
    assert "nothing is to be undone: the step changes nothing" in caplog.text
    assert "the undo succeeded" not in caplog.text


def test_a_step_whose_hosts_are_lost_is_skipped_and_not_undone(ledger, roll_back, caplog):
    caplog.set_level("INFO")
    undone = []

    job = roll_back(without=["n1"], UNDO="does", undo=lambda *_, **__: undone.append(1))

    assert (job.status, job.steps[0].status, undone) == ("rolled-back", "skipped", [])
    assert "the hosts of the step are given up as lost" in caplog.text
    assert [event.type for event in ledger.events("j1")][-2:] == [
        "step.undo-skipped",
        "job.rolled-back",
    ]


@pytest.mark.parametrize(
    ("undo", "hosts", "seed", "lost", "becomes"),
    [
        ("nothing", ["n1"], "", {"n1"}, "undo-not-needed"),
        ("does", ["n1"], "", set(), None),
        ("does", ["n1", "n2"], "", {"n1"}, None),
        ("does", ["n1", "n2"], "", {"n1", "n2"}, "undo-skipped"),
        ("does", ["n1"], "n2", {"n1"}, None),  # its seed strikes the lost one out
        ("does", ["n1"], "n2", {"n1", "n2"}, "undo-skipped"),
        ("does", [], "", {"n1"}, None),
        ("cannot", ["n1"], "", set(), None),
    ],
)
def test_only_what_touches_nothing_but_lost_hosts_or_changes_nothing_is_passed_over(
    undo, hosts, seed, lost, becomes
):
    step = {"hosts": hosts, "args": {"seed": seed} if seed else {}}

    assert passed_over(undo, step, frozenset(lost)) == becomes


def test_a_step_that_cannot_be_undone_is_never_called_undone(roll_back):
    job = roll_back(UNDO="cannot")

    assert (job.status, job.steps[0].status) == ("stuck", "stuck")
    assert "there is no way back once it has begun" in job.error["message"]


def test_an_undo_that_is_missing_where_the_module_promises_one_is_a_defect(roll_back):
    job = roll_back(UNDO="does")

    assert job.status == "stuck"
    assert job.error["defect"]
