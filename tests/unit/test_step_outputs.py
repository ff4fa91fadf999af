"""A step is given what earlier steps found, if its plan says that it needs it."""

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
from workflows.step_outputs import outputs


def row(name, needs=()):
    retry = {"attempts": 1, "base_seconds": 1, "cap_seconds": 1}
    step = {"name": name, "title": f"Do {name}", "hosts": ["n1"], "args": {}, "guard": None}
    return step | {"retry": retry, "needs": list(needs)}


@pytest.fixture
def given():
    """What the last step was called with."""
    return []


@pytest.fixture
def engine(redis, settings, monkeypatch, given):
    """Two steps ``look`` that count, and a third that needs what they found."""
    inventory, ledger = Inventory(redis), Ledger(redis)
    inventory.put_host(Host("n1", "10.0.0.1", "ssh-ed25519 " + "A" * 68))
    job = record(steps=3)
    steps = [row("look"), row("look"), row("use", ["look"])]
    job["plan"] = json.dumps(json.loads(job["plan"]) | {"steps": steps})
    ledger.create(job)
    turns = iter([1, 2])

    def look(_, **__):
        return Result({"turn": next(turns)})

    def use(_, *, before, look):
        del before
        given.append(look)
        raise Permanent("cannot go on")

    def undo(_, *, before, look):
        del before
        given.append(look)
        return Result()

    modules = {
        "look": SimpleNamespace(apply=look, UNDO="nothing", INTERRUPTIBLE=True),
        "use": SimpleNamespace(apply=use, undo=undo, UNDO="does", INTERRUPTIBLE=True),
    }
    monkeypatch.setattr(engine_module, "step_module", modules.get)
    return Engine(ledger, inventory, settings, "test")


def test_the_nearest_step_of_that_name_counts_for_apply_and_undo(engine, given):
    for index in range(3):
        engine.run_step("j1", index, 1)
    engine.run_step("j1", 2, engine.ledger.rollback("j1").epoch)

    assert given == [{"turn": 2}, {"turn": 2}]


@pytest.mark.parametrize("status", ["failed", "undone"])
def test_what_is_not_done_is_never_given(engine, status):
    engine.run_step("j1", 0, 1)
    engine.ledger.redis.hset("cw:job:j1:step:0", "status", status)

    with pytest.raises(Permanent, match=f"needs what look found, and that step is {status}"):
        outputs(engine.ledger.redis, "j1", [row("look"), row("use", ["look"])], 1)
