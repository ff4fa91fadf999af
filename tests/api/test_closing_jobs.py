"""A job that takes something back before it rests, over HTTP."""

import pytest

from workflows.celery_workers import celery_worker_seen


def path_of(job):
    return f"/v1/jobs/{job}"


@pytest.fixture
def closing(client, job, steps, redis):
    """A job whose second step takes back what the first did, which has just failed.

    No kind plans such steps yet, so the ledger is told of the pair by hand.
    """
    redis.hset(f"cw:job:{job}:step:0", "closed_by", "1")
    redis.hset(f"cw:job:{job}:step:1", "closes", "0")
    celery_worker_seen(redis, "w1")
    steps.begin()
    steps.fail()
    return client.get(path_of(job)).json


def test_it_tells_how_it_rests_and_what_it_does_before(closing):
    assert (closing["status"], closing["ends"], closing["finished_for_now"]) == (
        *("closing", "failed"),
        False,
    )
    assert [step["owed"] for step in closing["steps"]][:2] == [False, True]
    assert closing["next_action"].startswith("it failed at step 1, ")
    assert "before it rests as failed it carries out step 2, " in closing["next_action"]
    assert {"cancel", "retry", "rollback"}.isdisjoint(closing["links"])


def test_a_cancel_is_taken_and_changes_nothing(client, job, closing):
    answer = client.post(f"{path_of(job)}/cancel")

    assert (answer.status_code, answer.json["status"]) == (202, "closing")
    assert (answer.json["ends"], answer.json["seq"]) == ("failed", closing["seq"])


@pytest.mark.parametrize("verb", ["retry", "rollback"])
def test_nothing_else_can_be_asked_of_it_until_it_rests(client, job, closing, verb):
    answer = client.post(f"{path_of(job)}/{verb}")

    assert (answer.status_code, answer.json["possible"]) == (409, [])
