"""The page of a job says how long it may still take, by past runs of its steps."""

import pytest
from seeding import Worker, put_hosts, submitted

from api.page.time_left import left_of


@pytest.fixture
def worker(ledger, inventory):
    put_hosts(inventory, 1)
    return Worker(ledger, submitted(ledger, inventory, "web", control_plane=["n1"]))


@pytest.fixture
def past_runs(redis, worker):
    """Have each step taken two minutes before."""
    for step in worker.steps:
        redis.rpush(f"cw:durations:{step.name}:1", "120000:j")


def test_a_job_says_what_its_steps_have_still_to_take(member, redis, worker, past_runs):
    worker.carry_out(0)
    worker.begin(1)

    rest = len(worker.steps) - 1
    assert f"By past runs: about {2 * rest} min more." in member.get(f"/jobs/{worker.job}").text


def test_the_time_that_a_step_has_had_is_taken_off(app, redis, worker, past_runs, ledger):
    for step in worker.steps[:-1]:
        worker.carry_out(step.index)
    worker.begin(len(worker.steps) - 1)
    job = ledger.job(worker.job)

    with app.app_context():
        told = [left_of(job, job.steps[-1].started + after) for after in (0, 61, 121)]

    assert told == [
        "By past runs: about 2 min more.",
        "By past runs: about 59 s more.",
        "By past runs: this step takes longer by now than every past run of it.",
    ]


def test_a_job_says_where_the_runs_were_of_its_own_cluster(member, redis, worker):
    for step in worker.steps:
        redis.hset("cw:durations-of:web", f"{step.name}:1", " ".join(["120000:j"] * 5))
    worker.begin(0)

    assert "By past runs of this cluster: about" in member.get(f"/jobs/{worker.job}").text


def test_where_no_step_has_run_before_nothing_is_said(member, worker):
    worker.begin(0)

    assert "By past runs" not in member.get(f"/jobs/{worker.job}").text


def test_of_a_job_that_has_ended_nothing_is_said(member, redis, worker, past_runs):
    worker.finish()

    assert "By past runs" not in member.get(f"/jobs/{worker.job}").text
