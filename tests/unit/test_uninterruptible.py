"""The engine carries out a step that a cancel may not interrupt."""

import json
from types import SimpleNamespace

import pytest
from ledger_records import record

from cluster.spec import Host
from deploy_scripts.protocol import Result
from workflows import engine as engine_module
from workflows.engine import Engine
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.process.settings import Settings

LIMIT_SECONDS = 900


@pytest.mark.parametrize("interruptible", [True, False], ids=["interruptible", "not"])
def test_a_cancel_waits_for_a_step_that_declares_itself_uninterruptible(
    interruptible, redis, settings, tmp_path, monkeypatch
):
    inventory, ledger = Inventory(redis), Ledger(redis)
    inventory.put_host(Host("n1", "10.0.0.1", "ssh-ed25519 " + "A" * 68))
    job = record()
    step = {"name": "step", "title": "Do", "hosts": ["n1"], "args": {}, "guard": None}
    step["retry"] = {"attempts": 1, "base_seconds": 1, "cap_seconds": 1}
    job["plan"] = json.dumps(json.loads(job["plan"]) | {"steps": [step, step]})
    ledger.create(job)
    seen = []

    def apply(_fleet, **_):
        seen.append(ledger.cancel("j1").steps[0])
        return Result()

    module = SimpleNamespace(apply=apply, INTERRUPTIBLE=interruptible)
    monkeypatch.setattr(engine_module, "step_module", lambda _: module)
    own = Settings(tmp_path, settings.redis_url, step_seconds=LIMIT_SECONDS)

    Engine(ledger, inventory, own, "test").run_step("j1", 0, 1)

    (during,) = seen
    limit = during.ends_by and during.ends_by - during.running_since
    assert limit == (None if interruptible else LIMIT_SECONDS)
