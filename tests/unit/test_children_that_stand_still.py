"""A child of a Celery worker that stands still is killed by it, and costs its step alone."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ledger_records import record
from polling import within
from running_redis import running_redis

from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.process.connection import connect
from workflows.process.settings import Settings
from workflows.states import JobStatus

HERE = Path(__file__).parent
KEY = "ssh-ed25519 " + "A" * 68
STEP_SECONDS = 2
SILENT = "gave no sign of life for 2.5 s and was ended"


@pytest.fixture(scope="module")
def server():
    with running_redis() as server:
        yield server


@pytest.fixture(scope="module")
def log(server, tmp_path_factory):
    """Start a Celery worker with two children; return where it writes."""
    file = tmp_path_factory.mktemp("hanging") / "celery.log"
    paths = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    with file.open("wb") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "-A", "hanging_celery", "worker", "-P"),
                *("prefork", "-c", "2", "--without-gossip", "--without-mingle"),
            ],
            env=os.environ
            | {"REDIS_URL": server.url, "PYTHONPATH": paths, "REMAP_SIGTERM": "SIGQUIT"}
            | {"CLUSTERWRIGHT_STEP_SECONDS": str(STEP_SECONDS), "CLUSTERWRIGHT_LOG": "json"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    yield file
    assert process.poll() is None, file.read_text()[-3000:]
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=60)


@pytest.fixture
def ledger(server, tmp_path, log):
    client = connect(Settings(tmp_path, server.url))
    inventory = Inventory(client)
    for name in ("n1", "n2"):
        inventory.put_host(Host(name, "10.0.0.1", KEY))
    yield Ledger(client)
    client.close()


def begin(ledger, job, step, *, host="n1"):
    """Have a job of one step carried out, whose step does what its name says."""
    made = record(job, cluster=f"c-{job}", hosts=(host,), steps=1)
    planned = {"name": step, "title": "Do", "hosts": [host], "args": {}, "guard": None}
    planned["retry"] = {"attempts": 2, "base_seconds": 0.1, "cap_seconds": 0.1}
    made["plan"] = json.dumps(json.loads(made["plan"]) | {"steps": [planned]})
    ledger.create(made)
    ledger.redis.zadd("cw:due", {job: 1})  # the reconciler publishes it


def end(ledger, job):
    def finished():
        found = ledger.job(job)
        return found if found.is_finished else None

    ended = within(finished, f"job {job} to end")
    for host in ("n1", "n2"):
        ledger.redis.hset(f"cw:host:{host}", mapping={"cluster": "", "reserved_by": ""})
    return ended


def resumptions(ledger, job):
    return [dict(e.data) for e in ledger.events(job) if e.type == "step.resumed"]


def owners(ledger, job):
    return [e.data["owner"] for e in ledger.events(job) if e.type == "step.started"]


def test_a_step_that_stops_its_process_is_ended_twice_and_fails_while_another_job_succeeds(ledger):
    begin(ledger, "still", "hang")
    within(lambda: owners(ledger, "still"), "the step to begin")
    begin(ledger, "lively", "nothing", host="n2")

    assert end(ledger, "lively").status is JobStatus.SUCCEEDED
    assert not ledger.job("still").is_finished, "it had to wait for the other job"
    job = end(ledger, "still")

    assert job.status is JobStatus.FAILED
    message = job.error["message"]
    assert (
        message == f"cannot finish the step: the process that carried it out {SILENT}, for the "
        "second time"
    )
    assert "running" in job.error["advice"]
    assert job.steps[0].attempt == 2
    first, second = owners(ledger, "still")
    assert first != second
    [resumption] = resumptions(ledger, "still")
    assert (resumption["reason"], resumption["owner"], resumption["lost"]) == ("killed", first, 1)
    assert SILENT in resumption["said"]


def test_a_step_that_stops_its_process_once_is_carried_out_by_another(ledger, log):
    begin(ledger, "once", "hang_once")

    job = end(ledger, "once")

    assert job.status is JobStatus.SUCCEEDED
    assert job.steps[0].attempt == 2
    assert len(resumptions(ledger, "once")) == 1
    told = f"step 0 was killed: the process that carried it out {SILENT}"
    within(lambda: told in log.read_text(), "the log to tell it")


def test_a_step_that_outlives_its_limit_whatever_it_is_told_is_ended_and_fails(ledger):
    begin(ledger, "babble", "babble")

    job = end(ledger, "babble")

    assert job.status is JobStatus.FAILED
    words = f"it did not end within {STEP_SECONDS} s and was ended"
    assert job.error["message"] == f"cannot finish the step: {words}, for the second time"
    assert [resumption["said"] for resumption in resumptions(ledger, "babble")] == [words]
