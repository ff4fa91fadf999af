"""A host that somebody else has taken over fails its own step, and nothing else."""

import json

import pytest
import redis
from stack import poll
from terminal import steering, written

from lab import LabRefused
from lab.lies import LIES, SERVERS

SOME = {"n3": "lies-terminal-codes", "n4": "lies-line-1m", "n5": "lies-banner"}
MOST_BYTES = 100_000
CREATED = "create-cluster"


def lie(lab, liars):
    for host, kind in liars.items():
        try:
            lab.add_condition(host, kind)
        except LabRefused as error:
            if kind not in SERVERS:
                raise
            pytest.skip(str(error))


@pytest.fixture
def usual(stack):
    """The seconds that a job on an honest host takes while nothing else is going on."""
    return work(stack, post(stack, "alone", "n1"))


def post(stack, cluster, *hosts):
    answer = stack.post(cluster, {"control_plane": [*hosts]})
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def work(stack, job_id):
    job = stack.finish(job_id)
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    return job["finished"] - job["created"]


def stored(stack, but=""):
    """The bytes that Redis keeps, but for the keys of one job."""
    with redis.Redis.from_url(stack.redis_url, decode_responses=True) as client:
        keys = [key for key in client.scan_iter("cw:*") if not but or but not in key]
        return sum(client.memory_usage(key, samples=0) or 0 for key in keys)


def has_begun(stack, job_id):
    """Return whether a step has begun; it may have failed already, between two looks."""
    return any(step["status"] != "pending" for step in stack.job(job_id)["steps"])


def attack(stack, lab, liars, usual, *, seconds):
    """Have a job fail on hosts that lie while another job succeeds; return the failed one."""
    lie(lab, liars)
    before = stored(stack)
    bad = post(stack, "hostile", *liars)
    poll(lambda: has_begun(stack, bad), seconds=60, what="the step on the hosts that lie")
    good = post(stack, "honest", "n2")

    assert work(stack, good) < 3 * usual + 3
    job = stack.finish(bad, seconds)
    assert job["status"] == "failed"
    [error] = [step["error"] for step in job["steps"] if step["status"] == "failed"]
    assert not error["defect"], error
    assert stored(stack, but=good) - before < MOST_BYTES
    return job


@pytest.mark.slow
def test_hosts_that_lie_fail_their_own_step_while_another_job_succeeds_as_usual(stack, lab, usual):
    job = attack(stack, lab, SOME, usual, seconds=90)

    failed = next(step for step in job["steps"] if step["status"] == "failed")
    assert {row["host"] for row in failed["error"]["failures"]} == set(SOME)
    assert len(json.dumps(job)) < MOST_BYTES


def test_nothing_that_a_host_says_steers_the_terminal_of_who_looks(stack, lab):
    lie(lab, {"n3": "lies-terminal-codes"})
    wish = (CREATED, "hostile", "--control-plane", "n3")

    shown = {"change --wait": written(stack, "change", *wish, "--wait")}
    job_id = stack.client.get("/v1/jobs").json()["jobs"][0]["id"]
    for words in (
        ("watch", job_id),
        ("jobs", "show", job_id),
        ("jobs", "show", job_id, "--json"),
        ("clusters", "show", "hostile"),
        ("jobs", "list"),
    ):
        shown[" ".join(words)] = written(stack, *words)

    assert {name: steering(output) for name, output in shown.items() if steering(output)} == {}
    assert "\\x1b]52;c;" in shown["change --wait"]
    assert "\\x1b]52;c;" in shown[f"jobs show {job_id}"]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", LIES)
def test_each_lie_fails_the_step_of_the_host_that_tells_it_and_nothing_else(
    stack, lab, usual, kind
):
    job = attack(stack, lab, {"n3": kind}, usual, seconds=400)

    assert {row["host"] for row in job["error"]["failures"]} <= {"n3"}
    for name in ("n1", "n2"):
        known = lab.exec(name, "cat /etc/hosts").stdout
        assert "vault.corp.example" not in known
    assert job["error"]["message"]
    assert steering(written(stack, "jobs", "show", job["id"])) == set()
