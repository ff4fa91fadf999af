"""A node is stopped on purpose, and the cluster lives without it. Over HTTP, on lab hosts."""

import json

import pytest
import redis
from stack import poll
from test_kinds_killed import kill_each_step_once

KUBECTL = "/snap/bin/microk8s kubectl"
THREE = {"control_plane": ["n1", "n2", "n3"]}
TWO = {"control_plane": ["n1"], "workers": ["n2"]}


def succeeded(stack, answer):
    assert answer.status_code == 202, answer.text
    job = stack.finish(answer.json()["id"], seconds=500)
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    return job


def drill(stack, **params):
    return stack.post("prod", params, kind="drill")


def active(lab, host):
    return lab.exec(host, "snap services microk8s").stdout.count(" active ")


def annotations(lab, host):
    return lab.exec("n1", f"{KUBECTL} get node {host} -o json").stdout.count("drill-probe")


def report(stack, job):
    answer = stack.client.get(f"/v1/jobs/{job['id']}/drill")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_worker_is_lost_for_a_while_and_the_report_tells_when_what_was_seen(stack, lab):
    succeeded(stack, stack.post("prod", TWO))
    running = active(lab, "n2")

    told = report(stack, succeeded(stack, drill(stack, target="worker", seconds=7)))

    assert told["passed"] is True
    assert (told["host"], told["target"]) == ("n2", "worker")
    moments = {row["name"]: row["seconds"] for row in told["moments"]}
    assert 0 == moments["stopped"] < moments["not_ready"] < moments["ready"]
    assert moments["ready"] > 7
    assert sum(row["probes"] for row in told["log"]) >= 3
    assert active(lab, "n2") == running
    assert annotations(lab, "n2") == 0


def test_a_drill_that_is_cancelled_in_its_middle_leaves_the_node_at_work(stack, lab):
    succeeded(stack, stack.post("prod", TWO))
    running = active(lab, "n2")
    job = drill(stack, target="worker", seconds=600).json()["id"]
    poll(lambda: active(lab, "n2") == 0, seconds=60, what="the node to be stopped")

    stack.client.post(f"/v1/jobs/{job}/cancel")
    ended = stack.finish(job, seconds=120)

    assert ended["status"] == "cancelled"
    assert active(lab, "n2") == running
    told = report(stack, ended)
    assert (told["passed"], told["host"]) == (None, "n2")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("target", "how", "seconds"),
    [("leader", "stop", 10), ("voter", "stop", 10), ("leader", "kill", 25)],
)
def test_a_member_is_lost_for_a_while_and_the_others_take_writes(stack, lab, target, how, seconds):
    succeeded(stack, stack.post("prod", THREE))
    refused = drill(stack, target="worker")

    told = report(stack, succeeded(stack, drill(stack, target=target, how=how, seconds=seconds)))

    assert told["how"] == how
    assert [row["code"] for row in refused.json()["findings"]] == ["no-drill-target"]
    assert {row["name"]: row["is_met"] for row in told["criteria"]} == dict.fromkeys(
        ("interruption", "return", "data", "voters"), True
    )
    led = told["before"]["leader"]
    assert (led == told["host"]) == (target == "leader")
    if target == "leader":
        assert told["after"]["leader"] != led
    assert sorted(told["after"]["roles"].values()) == ["voter"] * 3


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_leader_is_at_work_again_although_who_carries_out_each_step_is_killed(stack, lab):
    succeeded(stack, stack.post("prod", THREE))
    running = {host: active(lab, host) for host in THREE["control_plane"]}
    job = drill(stack, target="leader", seconds=12).json()["id"]

    with redis.Redis.from_url(stack.redis_url, decode_responses=True) as client:
        ended, killed = kill_each_step_once(stack, client, job)

    assert ended["status"] == "succeeded", json.dumps(ended["error"], indent=1)
    steps = {ended["steps"][index]["name"] for index in killed}
    assert {"stop_for_drill", "start_after_drill"} & steps
    assert {host: active(lab, host) for host in running} == running
    told = report(stack, ended)
    assert told["log"][0]["begins"] > 1  # while nobody was there to ask, which the report tells
    back = next(row["says"] for row in told["criteria"] if row["name"] == "return")
    assert float(back.split()[4]) < 60, back  # a start that was cut off is not waited for
