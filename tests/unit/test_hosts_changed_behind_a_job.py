"""How hosts are reached is what a job was planned with, from its making to its end."""

import json
from types import SimpleNamespace

import pytest
from ledger_records import add, record

from cluster.spec import Host
from deploy_scripts.protocol import Result
from workflows import engine as engine_module
from workflows.engine import Engine
from workflows.host_changes import stored
from workflows.host_puts import HostHeld
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.ledger.refusals import HostChanged
from workflows.states import JobStatus

KEY = "ssh-ed25519 " + "A" * 68
N1, N2 = Host("n1", "10.0.0.1", KEY, jump="n2"), Host("n2", "10.0.0.2", KEY)


@pytest.fixture
def inventory(redis):
    inventory = Inventory(redis)
    for host in (N2, N1, Host("n3", "10.0.0.3", KEY)):
        inventory.put_host(host)
    return inventory


@pytest.fixture
def ledger(redis, inventory):
    return Ledger(redis)


@pytest.fixture
def engine(ledger, inventory, settings):
    return Engine(ledger, inventory, settings, "test")


@pytest.fixture
def applied(monkeypatch):
    """Let every step note that it was carried out, and do nothing."""
    found = []

    def apply(_, **__):
        found.append("applied")
        return Result()

    module = SimpleNamespace(apply=apply, INTERRUPTIBLE=False)
    monkeypatch.setattr(engine_module, "step_module", lambda _: module)
    return found


def planned(job="j1"):
    """Return a job of two steps on n1, which is reached through n2."""
    made = record(job, hosts=("n1",))
    retry = {"attempts": 1, "base_seconds": 1, "cap_seconds": 1}
    steps = [
        {"name": f"step_{i}", "title": "Do", "hosts": ["n1"], "args": {}, "guard": None}
        | {"retry": retry}
        for i in range(2)
    ]
    made["plan"] = json.dumps(json.loads(made["plan"]) | {"steps": steps})
    return made | {"reached": {"n1": stored(N1), "n2": stored(N2)}}


def test_hosts_of_a_job_that_waits_in_the_queue_are_held(ledger, inventory):
    add(ledger, "first", hosts=("n2",))
    add(ledger, "waiting", hosts=("n3",))

    assert ledger.job("waiting").status is JobStatus.QUEUED
    with pytest.raises(HostHeld, match="user from root to ops"):
        inventory.put_host(Host("n3", "10.0.0.3", KEY, user="ops"))


def test_a_job_whose_host_changed_since_it_was_planned_is_not_made(ledger, inventory):
    inventory.put_host(Host("n2", "10.0.0.2", KEY, user="ops"))

    with pytest.raises(HostChanged):
        ledger.create(planned())

    assert ledger.jobs() == []
    assert ledger.redis.keys("cw:job:*") == []


@pytest.mark.parametrize(
    ("host", "field", "words"),
    [
        ("n1", "address", "address from 10.0.0.1 to 10.6.6.6"),
        ("n2", "address", "address from 10.0.0.2 to 10.6.6.6"),
        ("n1", "user", "user from root to 10.6.6.6"),
    ],
)
def test_a_step_connects_to_no_host_that_somebody_changed_behind_the_job(
    ledger, engine, applied, redis, host, field, words
):
    ledger.create(planned())
    assert engine.run_step("j1", 0, 1)
    redis.hset(f"cw:host:{host}", field, json.dumps("10.6.6.6"))  # as only Redis' own users can

    assert engine.run_step("j1", 1, 1) is False

    job = ledger.job("j1")
    assert applied == ["applied"]
    assert job.status is JobStatus.FAILED
    assert f"cannot connect to {host}" in job.error["message"]
    assert words in job.error["message"]
    assert job.error["failures"][0]["code"] == "host-changed"

    ledger.retry("j1")

    assert engine.run_step("j1", 1, 2), "whoever has it go on accepts the change"
    assert ledger.job("j1").status is JobStatus.SUCCEEDED
