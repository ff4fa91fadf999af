"""The engine behind a proxy: a step whose Celery worker is cut off from Redis ends, and writes
nothing of it when the network is back."""

import json
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from ledger_records import claim, record
from pyinfra.api import FactBase
from tcp_proxy import tcp_proxy

from cluster.spec import Host
from deploy_scripts.fleet.errors import Transient
from deploy_scripts.protocol import Result
from workflows import engine as engine_module
from workflows import heartbeat
from workflows.engine import Engine
from workflows.heartbeat import HELD_SECONDS
from workflows.inventory import Inventory
from workflows.ledger.ledger import LEASE_SECONDS, Ledger
from workflows.process.connection import ANSWER_SECONDS, connect
from workflows.process.settings import Settings

KEY = "ssh-ed25519 " + "A" * 68
SLACK_SECONDS = 1.5


@pytest.fixture
def ledger(redis):
    """The ledger as a Celery worker sees it that is not cut off."""
    Inventory(redis).put_host(Host("n1", "10.0.0.1", KEY))
    ledger = Ledger(redis)
    job = record(hosts=("n1",))
    steps = [
        {"name": f"step_{i}", "title": "Do", "hosts": ["n1"], "args": {}, "guard": None}
        | {"retry": {"attempts": 3, "base_seconds": 1, "cap_seconds": 1}}
        for i in range(2)
    ]
    job["plan"] = json.dumps(json.loads(job["plan"]) | {"steps": steps, "hosts": ["n1"]})
    ledger.create(job)
    return ledger


@pytest.fixture
def proxy(settings):
    with tcp_proxy(settings.redis_url) as proxy:
        yield proxy


@pytest.fixture
def engine(proxy, tmp_path):
    """The engine of a Celery worker that the proxy cuts off."""
    settings = Settings(tmp_path, proxy.url)
    client = connect(settings)
    yield Engine(Ledger(client), Inventory(client), settings, "cut off")
    client.close()


@pytest.fixture
def step(monkeypatch):
    """Let every step do what a test says."""

    def do(act):
        def apply(fleet, **_):
            act(fleet)
            return Result()

        module = SimpleNamespace(apply=apply, INTERRUPTIBLE=False)
        monkeypatch.setattr(engine_module, "step_module", lambda _: module)

    return do


def is_told_to_stop(fleet):
    """Whether the fleet refuses to run anything, as a step notices it at its next use of a host."""
    try:
        fleet.try_facts(FactBase, on=["n1"])
    except Transient:
        return True
    except RuntimeError:  # this process is not patched, so the fleet reaches no host in any case
        return False
    raise AssertionError("the fleet reached a host")


def until_interrupted(fleet, *, seconds):
    end = time.monotonic() + seconds
    while not is_told_to_stop(fleet):
        assert time.monotonic() < end, "the step was never told to stop"
        time.sleep(0.02)


@pytest.mark.parametrize("how", ["drop", "refuse"])
def test_a_step_that_is_cut_off_ends_in_time_and_writes_nothing_afterwards(
    how, ledger, proxy, engine, step
):
    began = time.monotonic()
    is_cut, stopped = threading.Event(), []

    def apply(fleet):
        getattr(proxy, how)()
        is_cut.set()
        fleet.mark_done("n1", "reported while cut off")
        try:
            until_interrupted(fleet, seconds=LEASE_SECONDS * 2)
        finally:
            stopped.append(time.monotonic())
            fleet.mark_done("n1", "reported after it was lost")

    step(apply)
    worker = threading.Thread(target=engine.run_step, args=("j1", 0, 1), daemon=True)
    worker.start()
    assert is_cut.wait(LEASE_SECONDS)
    answer = "busy"
    while answer != "run" and time.monotonic() < began + LEASE_SECONDS * 3:
        lease, answer = claim(ledger, 0, token="successor")
        time.sleep(0.02)
    claimed = time.monotonic()
    worker.join(timeout=ANSWER_SECONDS + SLACK_SECONDS)

    assert answer == "run"
    assert stopped, "two owners at the same moment"
    assert stopped[0] < claimed
    assert not worker.is_alive()
    if how == "drop":
        proxy.mend()  # and with it what was on its way
        threading.Event().wait(0.5)
    assert ledger.job("j1").steps[0].hosts == {}
    assert ledger.beat(lease) == "ok"
    assert ledger.done(lease, {})


def test_a_step_that_succeeds_while_cut_off_hangs_nowhere_and_is_repeated(
    ledger, proxy, engine, step, caplog
):
    step(lambda _: proxy.drop())
    began = time.monotonic()

    goes_on = engine.run_step("j1", 0, 1)

    assert goes_on is False
    assert time.monotonic() - began < ANSWER_SECONDS + HELD_SECONDS + SLACK_SECONDS
    assert "cannot reach the ledger" in caplog.text
    assert ledger.job("j1").steps[0].status == "running"


def test_a_step_that_fails_while_cut_off_is_no_failed_job(ledger, proxy, engine, step, caplog):
    def apply(_):
        proxy.refuse()
        raise ValueError("a defect of the step")

    step(apply)

    assert engine.run_step("j1", 0, 1) is False
    assert ledger.job("j1").status == "running"
    assert "cannot reach the ledger" in caplog.text


def test_a_claim_that_is_not_answered_ends_the_message_and_no_more(ledger, proxy, engine, step):
    engine.ledger.ping()
    proxy.drop()
    began = time.monotonic()

    assert engine.run_step("j1", 0, 1) is False

    assert time.monotonic() - began < ANSWER_SECONDS + SLACK_SECONDS
    assert ledger.job("j1").steps[0].attempt == 0


def test_a_claim_that_took_the_whole_lease_begins_nothing(ledger, engine, step, monkeypatch):
    acted = []
    step(lambda fleet: acted.append(is_told_to_stop(fleet)))
    now = engine_module.clock
    monkeypatch.setattr(engine_module, "clock", lambda: now() - HELD_SECONDS)

    assert engine.run_step("j1", 0, 1) is False

    assert acted in ([], [True])  # whatever it asks of a host is refused
    assert ledger.job("j1").steps[0].status == "running"  # until its lease has ended


def test_a_process_that_was_stopped_for_long_acts_on_no_host_when_it_goes_on(
    ledger, engine, step, monkeypatch
):
    told_to_stop = []

    def apply(fleet):
        later = heartbeat.clock() + LEASE_SECONDS
        monkeypatch.setattr(heartbeat, "clock", lambda: later)
        fleet.mark_done("n1", "as it says before each command too")
        told_to_stop.append(is_told_to_stop(fleet))

    step(apply)

    assert engine.run_step("j1", 0, 1) is False
    assert told_to_stop == [True]
    assert ledger.job("j1").steps[0].hosts == {}


def test_a_server_that_takes_no_writes_fails_no_step(ledger, engine, step, redis, caplog):
    def apply(_):
        redis.config_set("maxmemory", 1)

    step(apply)
    try:
        assert engine.run_step("j1", 0, 1) is False
    finally:
        redis.config_set("maxmemory", 0)

    assert ledger.job("j1").status == "running"
    assert "maxmemory" in caplog.text


def test_a_step_that_outlives_its_limit_is_interrupted_and_retried_with_words(ledger, engine, step):
    def apply(fleet):
        until_interrupted(fleet, seconds=LEASE_SECONDS)
        raise Transient("cannot go on: what was in flight failed")

    step(apply)
    short = replace(engine, settings=replace(engine.settings, step_seconds=1))

    assert short.run_step("j1", 0, 1) is False
    record = ledger.job("j1").steps[0]
    assert record.status == "retrying"
    assert record.error["message"] == (
        "cannot finish the step: it did not end within 1 s and was ended"
    )
    assert "CLUSTERWRIGHT_STEP_SECONDS" in record.error["advice"]
    assert engine.row.read()[0] == 0.0  # and nobody waits for this process any more
