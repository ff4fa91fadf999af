"""The documented command on the running stack, with the Celery worker killed in its middle."""

import json

import pytest
from composed import poll, run

pytestmark = pytest.mark.containers

SLOW_JOIN = [{"id": "slow", "match": "microk8s join", "action": "slow", "seconds": 5, "times": 1}]
JOB_SECONDS = 150


def joining(stack):
    """Return the id of the running job once ``microk8s join`` runs on lab-2."""
    running = [job["id"] for job in stack.jobs() if job["status"] == "running"]
    if running and "join.py" in stack.inside("lab-2", "ps -eo args"):
        return running[0]
    return None


@pytest.fixture(scope="module")
def formed(stack):
    """What became of the main job, and the output of the command that ordered it."""
    faults = json.dumps(SLOW_JOIN)
    stack.inside("lab-2", f"echo '{faults}' >/lab/faults.json")
    command = stack.begin("--profile", "lab", "run", "--rm", "-T", "lab-demo")
    job_id = poll(lambda: joining(stack), seconds=90, what="the first join to run")
    run(["docker", "kill", stack.container("worker")])
    killed = stack.facts("worker")["State"]["Status"]
    run(["docker", "start", stack.container("worker")])
    output, _ = command.communicate(timeout=JOB_SECONDS)
    job = stack.job(job_id)
    assert killed == "exited"
    assert command.returncode == 0, f"{output[-4000:]}\n{stack.logs()}"
    return job, output


def test_the_job_succeeds_although_the_celery_worker_was_killed(formed):
    job, output = formed

    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    assert "3 of 3 voters alive" in output


def test_the_interrupted_step_took_a_second_attempt_and_the_others_one(formed):
    attempts = [(step["name"], step["attempt"]) for step in formed[0]["steps"]]

    assert attempts == [
        ("preflight", 1),
        ("prepare_hosts", 1),
        ("install_microk8s", 1),
        ("join_control_plane", 2),
        ("join_control_plane", 1),
        ("verify_quorum", 1),
    ]


def test_the_cluster_is_highly_available_on_a_real_datastore(formed, stack):
    cluster = stack.client.get("/v1/clusters/demo").json()
    ps = [stack.inside(host, "ps -eo comm").split() for host in ("lab-1", "lab-2", "lab-3")]

    assert cluster["quorum"]["voters_alive"] == 3
    assert cluster["quorum"]["ha"] is True
    assert all("dqlite-demo" in commands for commands in ps)


def test_no_host_joined_twice(formed, stack):
    log = stack.inside("lab-1", "cat /lab/log/effects.jsonl")
    rows = [json.loads(line) for line in log.splitlines()]

    sources = sorted(row["source"] for row in rows if row["what"] == "join-accepted")
    assert sources == ["10.79.109.12", "10.79.109.13"]


def test_the_ledger_survives_a_killed_redis(formed, stack):
    run(["docker", "kill", stack.container("redis")])
    run(["docker", "start", stack.container("redis")])
    poll(lambda: stack.health("redis") == "healthy", seconds=60, what="Redis")

    assert stack.job(formed[0]["id"])["status"] == "succeeded"
