"""Jobs: showing, polling, listing them, and what can be asked of one."""

import threading

import pytest
from api_requests import Steps, change

from workflows.chat.job_text import why_text
from workflows.states import JobStatus


def path_of(job):
    return f"/v1/jobs/{job}"


def test_a_job_tells_how_each_step_stands_and_what_to_do_next(client, job, steps):
    steps.begin()
    steps.fail()

    body = client.get(path_of(job)).json

    assert body["status"] == "failed"
    assert body["steps"][0]["status"] == "failed"
    assert body["steps"][0]["attempt"] == 1
    assert body["error"]["message"] == "cannot do it: no"
    assert body["next_action"].endswith("mend it")
    assert set(body["links"]) == {"self", "page", "events", "evidence", "retry", "rollback"}


def test_a_poll_of_an_unchanged_job_does_not_read_the_job_again(client, job, steps, redis):
    def reads():
        redis.config_resetstat()
        found = client.get(path_of(job)).json
        return found, redis.info("commandstats").get("cmdstat_hgetall", {"calls": 0})["calls"]

    first, at_first = reads()
    second, unchanged = reads()
    steps.begin()
    third, changed = reads()

    assert second == first
    assert third["steps"][0]["status"] == "running"
    assert (at_first > 0, unchanged, changed > 0) == (True, 0, True)


def test_a_poll_that_finds_nothing_new_costs_no_body(client, job, steps):
    first = client.get(path_of(job))

    unchanged = client.get(path_of(job), headers={"If-None-Match": first.headers["ETag"]})
    steps.begin()
    changed = client.get(path_of(job), headers={"If-None-Match": first.headers["ETag"]})

    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert unchanged.headers["ETag"] == first.headers["ETag"]
    assert changed.status_code == 200
    assert not first.headers["ETag"].startswith("W/")


def test_when_to_poll_again_is_told_until_the_job_is_finished(client, job, steps):
    before = client.get(path_of(job))
    steps.finish()

    after = client.get(path_of(job))

    assert before.headers["Retry-After"] == "2"
    assert (after.json["status"], "Retry-After" in after.headers) == ("succeeded", False)


def test_a_long_poll_answers_at_once_when_there_is_news_already(client, job):
    answer = client.get(path_of(job), query_string={"wait": 60, "after": 0})

    assert (answer.status_code, answer.json["seq"] > 0) == (200, True)


def test_a_long_poll_answers_when_something_happens(app, client, job, steps):
    seq = client.get(path_of(job)).json["seq"]
    hub = app.extensions["clusterwright"].hub

    def act():
        while not hub.clients:
            happened.wait(0.005)
        steps.begin()

    happened = threading.Event()
    actor = threading.Thread(target=act)
    actor.start()
    answer = client.get(path_of(job), query_string={"wait": 60, "after": seq})
    actor.join()

    assert (answer.status_code, answer.json["seq"]) == (200, seq + 1)
    assert answer.json["steps"][0]["status"] == "running"
    assert hub.clients == 0


def test_a_long_poll_without_news_ends_with_304(client, job):
    answer = client.get(path_of(job), query_string={"wait": 1})

    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["Retry-After"] == "2"


def test_a_long_poll_of_a_finished_job_does_not_wait(client, job, steps):
    steps.finish()

    answer = client.get(path_of(job), query_string={"wait": 60})

    assert answer.json["status"] == "succeeded"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("wait=61", "wait"),
        ("wait=-1", "wait"),
        ("wait=soon", "wait"),
        ("after=-1", "after"),
        ("wiat=30", "wiat"),
    ],
)
def test_a_wrong_query_is_told(client, job, query, parameter):
    answer = client.get(f"{path_of(job)}?{query}")

    assert answer.status_code == 422
    assert [row["pointer"] for row in answer.json["errors"]] == [f"/{parameter}"]


@pytest.mark.parametrize(
    "name", ["nope", "0" * 32, "{job}:events", "{job}:step:0", "{job}:hosts:0", "../hosts", "%00"]
)
@pytest.mark.parametrize("verb", ["", "/events", "/cancel"])
def test_what_is_no_job_is_not_found(client, job, name, verb):
    path = path_of(name.format(job=job)) + verb

    answer = client.post(path) if verb == "/cancel" else client.get(path)

    assert answer.status_code == 404
    assert answer.json["type"] in {"/problems/job-not-found", "/problems/not-found"}


def test_cancel_asks_a_running_job_to_stop(client, job, steps):
    steps.begin()

    answer = client.post(f"{path_of(job)}/cancel")

    assert (answer.status_code, answer.json["status"]) == (202, "cancelling")
    assert answer.headers["Location"] == path_of(job)


def test_a_failed_job_can_be_retried(client, redis, ledger, job, steps):
    steps.begin()
    steps.fail()
    redis.delete("cw:celery:site.default")

    answer = client.post(f"{path_of(job)}/retry")

    assert (answer.status_code, answer.json["status"], answer.json["epoch"]) == (202, "running", 2)
    assert redis.llen("cw:celery:site.default") == 1


def test_a_job_that_was_cancelled_before_it_began_says_that_nothing_was_done(client, job):
    told = client.post(f"{path_of(job)}/cancel").json

    assert told["status"] == "cancelled"
    assert "before anything was done: retry" in told["next_action"]


def test_a_failed_job_can_be_rolled_back(client, ledger, job, steps):
    steps.begin()
    steps.fail()

    answer = client.post(f"{path_of(job)}/rollback")

    assert (answer.status_code, answer.json["status"]) == (202, "rolling-back")


def rolled_back(client, job, steps):
    """Roll a job back whose first step has failed; return its answer afterwards."""
    steps.begin()
    steps.fail()
    client.post(f"{path_of(job)}/rollback")
    steps.begin()
    steps.end()
    return client.get(path_of(job)).json


def test_a_job_that_was_rolled_back_still_tells_why_it_failed(client, job, steps):
    told = rolled_back(client, job, steps)

    assert (told["status"], told["error"]) == ("rolled-back", None)
    assert (told["cause"]["step"], told["cause"]["index"]) == ("preflight", 0)
    assert told["cause"]["message"] == "cannot do it: no"
    assert "it failed at step 1, 'Check n1': cannot do it: no: mend it" in told["next_action"]


def test_a_chat_is_told_why_a_job_failed_that_was_rolled_back(client, ledger, job, steps):
    rolled_back(client, job, steps)

    said = why_text(ledger.job(job))

    assert "cannot do it: no" in said
    assert "nothing has failed" not in said


def test_a_retry_forgets_what_the_job_failed_with_before(client, job, steps):
    steps.begin()
    steps.fail()
    client.post(f"{path_of(job)}/retry")
    client.post(f"{path_of(job)}/cancel")
    client.post(f"{path_of(job)}/rollback")

    told = client.get(path_of(job)).json

    assert (told["status"], told["cause"]) == ("rolling-back", None)


@pytest.mark.parametrize(
    ("verb", "status", "possible"),
    [
        ("retry", JobStatus.RUNNING, ["cancel"]),
        ("rollback", JobStatus.RUNNING, ["cancel"]),
        ("cancel", JobStatus.FAILED, ["retry", "rollback"]),
        ("cancel", JobStatus.SUCCEEDED, []),
        ("retry", JobStatus.SUCCEEDED, []),
    ],
)
def test_what_is_not_possible_is_told_with_what_is(client, job, steps, verb, status, possible):
    reach = {
        JobStatus.RUNNING: steps.begin,
        JobStatus.CANCELLING: lambda: (steps.begin(), client.post(f"{path_of(job)}/cancel")),
        JobStatus.FAILED: lambda: (steps.begin(), steps.fail()),
        JobStatus.SUCCEEDED: steps.finish,
    }
    reach[status]()

    answer = client.post(f"{path_of(job)}/{verb}")

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/not-possible")
    assert (answer.json["job_status"], answer.json["possible"]) == (status, possible)
    assert f"it is {status}" in answer.json["detail"]
    assert client.get(path_of(job)).json["status"] == status


@pytest.fixture
def three(client, ledger):
    """Three jobs, oldest first, the first of them finished."""
    ids = [
        client.post(
            f"/v1/clusters/c{n}/changes", json=change(params={"control_plane": [f"n{n}"]})
        ).json["id"]
        for n in (1, 2, 3)
    ]
    Steps(ledger, ids[0]).finish()
    return ids


def ids_of(answer):
    return {row["id"] for row in answer.json["jobs"]}


def test_jobs_are_listed_page_by_page(client, three):
    found, path = [], "/v1/jobs?per_page=2"
    while path:
        answer = client.get(path)
        found.append([row["id"] for row in answer.json["jobs"]])
        link = answer.headers.get("Link", "")
        path = link.partition("<")[2].partition(">")[0]

    assert [len(page) for page in found] == [2, 1]
    assert {row for page in found for row in page} == set(three)


def test_jobs_are_listed_by_status_and_cluster(client, three):
    running = client.get("/v1/jobs?status=running")
    first = client.get("/v1/jobs?cluster=c1")
    none = client.get("/v1/jobs?cluster=c1&status=running")

    assert (ids_of(running), ids_of(first), ids_of(none)) == (set(three[1:]), {three[0]}, set())


def test_the_filters_stay_in_the_link_to_the_next_page(client, three):
    answer = client.get("/v1/jobs?status=running&per_page=1")

    assert "status=running" in answer.headers["Link"]
    assert "per_page=1" in answer.headers["Link"]
    assert answer.headers["Link"].endswith('; rel="next"')


@pytest.mark.parametrize(
    "query", ["per_page=0", "per_page=201", "status=lost", "cursor=x", "page=2"]
)
def test_a_list_refuses_what_it_does_not_know(client, query):
    assert client.get(f"/v1/jobs?{query}").status_code == 422


def test_a_page_after_a_job_that_is_not_kept_any_more_is_told_as_such_and_not_the_first_again(
    client, three
):
    gone = "0" * 32

    answer = client.get(f"/v1/jobs?cursor={gone}")

    assert (answer.status_code, answer.json["type"]) == (404, "/problems/job-not-found")
    assert f"after job {gone}: it is not kept any more" in answer.json["detail"]
