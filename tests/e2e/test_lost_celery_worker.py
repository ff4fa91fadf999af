"""A Celery worker killed in the middle of a join: the job goes on, and nobody joins twice."""

import json
import time

import pytest
from stack import poll

HA = {"control_plane": ["n1", "n2", "n3"]}
RESUME_SECONDS = 10
SLOW_JOIN = {"match": "microk8s join", "action": "slow", "seconds": 4, "times": 1}


def effects(lab, host, what):
    file = lab.log_directory(host) / "effects.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [row for row in rows if row["what"] == what]


def joining(stack, job_id):
    job = stack.job(job_id)
    return [
        s for s in job["steps"] if s["name"] == "join_control_plane" and s["status"] == "running"
    ]


def kill_in_the_first_join(stack, lab):
    lab.add_fault("n2", SLOW_JOIN)
    job_id = stack.post("prod", HA).json()["id"]
    poll(lambda: joining(stack, job_id), seconds=60, what="the join to begin")
    poll(
        lambda: "join.py" in lab.exec("n2", "ps -eo args").stdout,
        seconds=30,
        what="microk8s join to run on n2",
    )
    stack.kill("worker")
    return job_id


def test_a_killed_celery_worker_loses_no_job_and_joins_no_host_twice(stack, lab):
    job_id = kill_in_the_first_join(stack, lab)
    stack.start_worker()

    job = stack.finish(job_id)

    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    assert job["quorum"]["now"]["voters_alive"] == 3
    sources = sorted(row["source"] for row in effects(lab, "n1", "join-accepted"))
    assert sources == sorted(host.node_address for host in lab.hosts[1:3])


@pytest.mark.slow
def test_the_step_is_resumed_within_ten_seconds(stack, lab):
    job_id = kill_in_the_first_join(stack, lab)
    attempts = stack.job(job_id)["steps"][3]["attempt"]
    stack.start_worker()
    started = time.monotonic()

    poll(
        lambda: stack.job(job_id)["steps"][3]["attempt"] > attempts,
        seconds=30,
        what="a second attempt",
    )

    assert time.monotonic() - started < RESUME_SECONDS
    assert stack.finish(job_id)["status"] == "succeeded"
