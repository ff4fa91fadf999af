"""A Celery worker that is told to end in the middle of a step gives it back."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ledger_records import record
from polling import SECONDS, within

from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger

HERE = Path(__file__).parent
STEP = "cw:job:j1:step:0"


@pytest.fixture
def ledger(redis):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", "ssh-ed25519 " + "A" * 68))
    ledger = Ledger(redis)
    job = record(steps=1)
    step = {"name": "babble", "title": "Do", "hosts": ["n1"], "args": {}, "guard": None}
    step["retry"] = {"attempts": 1, "base_seconds": 0.1, "cap_seconds": 0.1}
    job["plan"] = json.dumps(json.loads(job["plan"]) | {"steps": [step]})
    ledger.create(job)
    redis.zadd("cw:due", {"j1": 1})
    return ledger


@pytest.fixture
def worker(ledger, settings, tmp_path):
    with (tmp_path / "celery.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "-A", "hanging_celery", "worker", "-P"),
                *("prefork", "-c", "1", "--without-gossip", "--without-mingle"),
            ],
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
            | {"REDIS_URL": settings.redis_url, "REMAP_SIGTERM": "SIGQUIT"}
            | {"CLUSTERWRIGHT_LOG": "json"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=60)


def test_a_step_is_given_back_by_a_polite_end_and_that_counts_as_nothing(ledger, worker):
    within(lambda: ledger.job("j1").steps[0].attempt, "the step to begin")

    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=SECONDS)

    row = ledger.redis.hgetall(STEP)
    assert (row["status"], row["lost"], row["tries"]) == ("running", "0", "0")
    assert not {"token", "lease"} & row.keys(), "the lease is not given back"
    [given_back] = [event for event in ledger.events("j1") if event.type == "step.given-back"]
    assert given_back.data["owner"]
    assert within(lambda: ledger.due() == ["j1"], "another Celery worker to take it up")
