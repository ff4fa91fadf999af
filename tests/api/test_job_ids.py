"""Ids of jobs may be shortened wherever a job is named."""

import pytest
from api_requests import change


@pytest.fixture
def alike(client, redis, ledger, job):
    """A second job, whose id begins as the first one's does."""
    twin = f"{job[:8]}{'0' * 24}"
    for key in redis.keys(f"cw:job:{job}*"):
        redis.copy(key, key.replace(job, twin))
    redis.hset(f"cw:job:{twin}", "id", twin)
    redis.zadd("cw:jobs", {twin: 1})
    return twin


def test_a_job_is_found_by_the_beginning_of_its_id(client, job):
    answer = client.get(f"/v1/jobs/{job[:4].upper()}")

    assert (answer.status_code, answer.json["id"]) == (200, job)
    assert answer.json["links"]["self"] == f"/v1/jobs/{job}"


def test_verbs_and_events_take_the_beginning_too(client, job):
    cancelled = client.post(f"/v1/jobs/{job[:6]}/cancel")
    stream = client.get(f"/v1/jobs/{job[:6]}/events")
    stream.close()

    assert (cancelled.status_code, cancelled.headers["Location"]) == (202, f"/v1/jobs/{job}")
    assert stream.status_code == 200


def test_news_are_waited_for_by_the_beginning_too(client, job, steps):
    seq = client.get(f"/v1/jobs/{job}").json["seq"]
    steps.begin()

    assert client.get(f"/v1/jobs/{job[:5]}?wait=5&after={seq}").json["seq"] > seq


@pytest.mark.parametrize("id_", ["abc", "f" * 8, "ghij", "0" * 33, "abcd*"])
def test_what_stands_for_no_job_is_not_found(client, ledger, id_):
    answer = client.get(f"/v1/jobs/{id_}")

    assert (answer.status_code, answer.json["type"]) == (404, "/problems/job-not-found")


def test_of_several_jobs_none_is_taken_and_all_are_told(client, job, alike):
    answer = client.post(f"/v1/jobs/{job[:8]}/cancel")

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/job-ambiguous")
    assert {row["id"] for row in answer.json["candidates"]} == {job, alike}
    assert {row["cluster"] for row in answer.json["candidates"]} == {"prod"}
    assert answer.json["complete"] is True
    assert client.get(f"/v1/jobs/{alike}").json["status"] != "cancelling"


def test_many_candidates_are_not_all_told(client, redis, job):
    for number in range(12):
        twin = f"{job[:8]}{number:024x}"
        for key in redis.keys(f"cw:job:{job}*"):
            redis.copy(key, key.replace(job, twin))
        redis.hset(f"cw:job:{twin}", "id", twin)
        redis.zadd("cw:jobs", {twin: 1})

    answer = client.get(f"/v1/jobs/{job[:8]}")

    assert len(answer.json["candidates"]) == 10
    assert answer.json["complete"] is False


def test_jobs_of_before_there_was_an_index_are_found(client, redis, job):
    redis.delete("cw:job-ids")

    assert client.get(f"/v1/jobs/{job[:8]}").json["id"] == job


def test_finding_a_job_reads_no_more_when_there_are_many(client, redis, ledger, job):
    redis.zadd("cw:jobs", {f"{number:032x}": number for number in range(2000)})
    ledger.ids("ffff", 2)  # takes them over
    before = redis.info("commandstats")

    ledger.ids(job[:8], 11)

    after = redis.info("commandstats")
    asked = {
        name: row["calls"] - before.get(name, {}).get("calls", 0) for name, row in after.items()
    }
    assert {name for name, calls in asked.items() if calls} <= {
        *("cmdstat_zcard", "cmdstat_zrangebylex", "cmdstat_info"),
    }


def test_the_log_tells_the_whole_id(client, job, caplog):
    caplog.set_level("INFO", "api.http.request_log")

    client.post(f"/v1/jobs/{job[:6]}/cancel")

    assert [row.job for row in caplog.records if row.name == "api.http.request_log"] == [job]


def test_a_new_job_is_in_the_index_at_once(client, redis, ledger):
    answer = client.post("/v1/clusters/prod/changes", json=change())

    assert redis.zrange("cw:job-ids", 0, -1) == [answer.json["id"]]
