"""Every kind of change, by registry: whoever carries a step out is killed in its middle."""

import json
import os
import signal
import time

import pytest
import redis
from dead_hosts import die, look_until_led, loses_quorum
from shelved import put

from deploy_scripts.backups.shelf import Shelf
from workflows.kinds import KINDS

SECONDS = 400
SUCCEEDED = "succeeded"
UNCHANGING = {
    "observe",
    "verify_quorum",
    "check_backup",
    "check_copies",
    "copy_backups",
    "confirm_loss",
    "choose_log",
    "find_cluster",
}
"""Steps that no host is changed by."""


def form(stack, lab, kind):
    """Form the clusters that a kind's example starts from; some of their hosts die then."""
    for name, params in KINDS[kind].given.items():
        job = stack.finish(stack.post(name, dict(params)).json()["id"], seconds=500)
        assert job["status"] == SUCCEEDED, json.dumps(job["error"], indent=1)
    dead = KINDS[kind].dead
    for host in dead:
        members = KINDS[kind].given["prod"]["control_plane"]
        die(lab, host, seen_by=next(name for name in members if name not in dead))
    if dead:  # in the record they are as they were
        look_until_led(stack, led=not loses_quorum(KINDS[kind]))
    for former in KINDS[kind].follows:
        answer = stack.post("prod", dict(KINDS[former].example), kind=former)
        job = stack.finish(answer.json()["id"], seconds=500)
        assert job["status"] == SUCCEEDED, json.dumps(job["error"], indent=1)
    for name in KINDS[kind].given if KINDS[kind].is_forgotten else ():
        params = {"confirm": name, "forget": True}
        answer = stack.post(name, params, kind="destroy-cluster")
        job = stack.finish(answer.json()["id"], seconds=500)
        assert job["status"] == SUCCEEDED, json.dumps(job["error"], indent=1)


def kill_each_step_once(stack, client, job_id):
    """Follow a job to its end; kill who carries out a step, once for each; return which were."""
    killed = set()
    deadline = time.monotonic() + SECONDS
    while not (job := stack.job(job_id))["finished_for_now"]:
        assert time.monotonic() < deadline, json.dumps(job, indent=1)
        for index in set(range(len(job["steps"]))) - killed:
            key = f"cw:job:{job_id}:step:{index}"
            owner, token, status = client.hmget(key, "owner", "token", "status")
            if token and status == "running" and is_in_its_middle(client, job_id, index):
                os.kill(int(owner.rpartition(":")[2]), signal.SIGKILL)
                killed.add(index)
        time.sleep(0.02)
    return job, killed


def is_in_its_middle(client, job_id, index):
    rows = client.hvals(f"cw:job:{job_id}:hosts:{index}")
    return any(json.loads(row)["status"] == "running" for row in rows)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_comes_to_its_end_although_each_step_is_killed_in_its_middle(
    kind, stack, lab, request
):
    form(stack, lab, kind)
    if kind == "copy-backups":  # of a backup from before the bucket was named
        put(Shelf(stack.folder), "prod", time.time())
        request.getfixturevalue("bucket")
    answer = stack.post("prod", dict(KINDS[kind].example), kind=kind)
    assert answer.status_code == 202, answer.text

    with redis.Redis.from_url(stack.redis_url, decode_responses=True) as client:
        job, killed = kill_each_step_once(stack, client, answer.json()["id"])

    assert job["status"] == SUCCEEDED, json.dumps(job["error"], indent=1)
    changing = [step for step in job["steps"] if step["name"] not in UNCHANGING]
    assert killed or not changing, "nothing was killed, so nothing is shown"
    assert all(job["steps"][index]["attempt"] > 1 for index in killed)
    expected = job["quorum"]["expected"]
    if job["quorum"]["now"] and expected:
        assert job["quorum"]["now"]["voters_alive"] == expected["voters"]
