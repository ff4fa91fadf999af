"""The engine carries out what is owed: nothing that a job opened is open when it rests."""

import json
from types import SimpleNamespace

import pytest
from ledger_records import add, record
from polling import within

from cluster.spec import Host
from deploy_scripts.fleet.errors import Permanent
from deploy_scripts.protocol import Result
from workflows import engine as engine_module
from workflows.engine import Engine
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger

NAMES = ("cordon", "upgrade", "uncordon")


@pytest.fixture
def rig(redis, settings, monkeypatch):
    """A job that cordons n1, upgrades it and uncordons it, and what carries it out to its rest."""
    inventory, ledger, cordoned, acts = Inventory(redis), Ledger(redis), set(), {}
    inventory.put_host(Host("n1", "10.0.0.1", "ssh-ed25519 " + "A" * 68))
    common = {"hosts": ["n1"], "args": {}, "guard": None}
    common["retry"] = {"attempts": 1, "base_seconds": 1, "cap_seconds": 1}
    steps = [{"name": name, "title": name, **common} for name in NAMES]
    plan = json.loads(record()["plan"]) | {"steps": steps}
    add(ledger, steps=3, closings=[[2, 0]], plan=json.dumps(plan))

    def module(name):
        def apply(_fleet, **_):
            if name == "cordon":
                cordoned.add("n1")
            if name in acts:
                acts[name]()
            if name == "uncordon":
                cordoned.discard("n1")
            return Result()

        return SimpleNamespace(apply=apply, UNDO="nothing", INTERRUPTIBLE=name == "upgrade")

    monkeypatch.setattr(engine_module, "step_module", module)
    engine = Engine(ledger, inventory, settings, "test")

    def carry_out():
        def rests():
            tail = ledger.tail("j1")
            if tail.indexes:
                engine.run_step("j1", tail.indexes[0], tail.epoch)
            return ledger.job("j1").is_finished

        within(rests, "the job to rest")
        return ledger.job("j1")

    return SimpleNamespace(ledger=ledger, cordoned=cordoned, acts=acts, carry_out=carry_out)


def broken():
    raise Permanent("cannot upgrade n1: no space left")


@pytest.mark.parametrize("place", NAMES[:2])
def test_a_node_is_uncordoned_when_a_step_fails_for_good(rig, place):
    rig.acts[place] = broken

    job = rig.carry_out()

    assert (job.status, rig.cordoned) == ("failed", set())
    assert job.error["message"] == "cannot upgrade n1: no space left"


@pytest.mark.parametrize("place", NAMES)
def test_a_node_is_uncordoned_when_the_job_is_cancelled_wherever_it_is(rig, place):
    rig.acts[place] = lambda: rig.ledger.cancel("j1")

    job = rig.carry_out()

    assert (job.status, rig.cordoned) == ("cancelled", set())


def test_a_retry_cordons_the_node_again_before_it_upgrades_it(rig):
    rig.acts["upgrade"] = broken
    rig.carry_out()
    seen = []
    rig.acts["upgrade"] = lambda: seen.append(set(rig.cordoned))
    rig.ledger.retry("j1")

    job = rig.carry_out()

    assert (job.status, seen, rig.cordoned) == ("succeeded", [{"n1"}], set())
