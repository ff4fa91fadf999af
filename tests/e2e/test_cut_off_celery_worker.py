"""A Celery worker that is cut off from Redis for a while: it never acts beside its successor."""

import json
import os
import time
from pathlib import Path

import pytest
from stack import poll
from tcp_proxy import tcp_proxy

from workflows.heartbeat import HELD_SECONDS
from workflows.ledger.ledger import LEASE_SECONDS

HERE = Path(__file__).parent
A_WHILE = 3 * LEASE_SECONDS
A_MINUTE = pytest.param(60, marks=pytest.mark.slow, id="a-minute")
SLOW = {"match": "snap install", "action": "slow", "seconds": 10, "times": 1}


def recorded(file):
    """Return when each command of a Celery worker began and ended, in order."""
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [(row["what"], row["time"]) for row in rows]


def attempt(stack, job_id, name):
    return next(step for step in stack.job(job_id)["steps"] if step["name"] == name)["attempt"]


@pytest.fixture
def worker(stack, tmp_path):
    """Start a Celery worker in place of the stack's, and return where its commands are noted."""

    def start(name, redis_url):
        file = tmp_path / f"{name}.jsonl"
        paths = os.pathsep.join([str(HERE), str(HERE.parents[1])])
        stack.start_worker(
            name, app="recording_celery", REDIS_URL=redis_url, RECORD=str(file), PYTHONPATH=paths
        )
        return file

    stack.kill("worker")
    yield start
    for name in ("cut-off", "successor"):
        if name in stack.processes:
            stack.kill(name)
    stack.start_worker()


@pytest.mark.slow
@pytest.mark.parametrize("cut_seconds", [pytest.param(A_WHILE, id="three-leases"), A_MINUTE])
def test_a_celery_worker_that_is_cut_off_never_acts_beside_its_successor(
    stack, lab, worker, cut_seconds
):
    lab.add_fault("n1", SLOW)
    with tcp_proxy(stack.redis_url) as proxy:
        first = worker("cut-off", proxy.url)
        job_id = stack.post("prod", {"control_plane": ["n1"]}).json()["id"]
        poll(
            lambda: "snap install" in lab.exec("n1", "ps -eo args").stdout,
            seconds=40,
            what="the installation to begin",
        )
        before = attempt(stack, job_id, "install_microk8s")
        proxy.drop()
        cut = time.time()
        second = worker("successor", stack.redis_url)

        poll(lambda: recorded(second), seconds=40, what="the successor to act")
        job = stack.finish(job_id)
        poll(lambda: time.time() > cut + cut_seconds, seconds=cut_seconds + 1, what="a long cut")
        proxy.mend()  # and what was on its way arrives
        poll(lambda: "the lease is lost" in stack.log("cut-off"), seconds=20, what="its last word")

        acted = recorded(first)
        begins = recorded(second)[0][1]
        assert acted[-1][0] == "end"
        assert acted[-1][1] < begins, "two owners at the same moment"
        assert acted[-1][1] - cut < HELD_SECONDS + 1
        assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
        assert job["steps"][-1]["attempt"] == 1
        assert attempt(stack, job_id, "install_microk8s") == before + 1
        stack.kill("successor")
        other = stack.post("west", {"control_plane": ["n2"]}).json()["id"]
        assert stack.finish(other)["status"] == "succeeded"  # it is as good as new
