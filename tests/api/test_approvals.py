"""Changes that wait for somebody's approval, over HTTP on a real server."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from api_requests import CHANGES, PLANS, change

LATER = {"approve_within": 24}


@pytest.fixture
def waiting(client, ledger):
    """The answer to a change that somebody has to approve."""
    answer = client.post(CHANGES, json=change() | LATER)
    assert answer.status_code == 202, answer.text
    return answer.json


def ask(client, job, verb, **fields):
    return client.post(f"/v1/jobs/{job['id']}/{verb}", json=fields)


def expire(ledger, job):
    ledger.redis.hset(f"cw:job:{job['id']}", "expires", 1)
    ledger.redis.zadd("cw:due", {job["id"]: 1})


def test_a_change_that_is_to_be_approved_holds_nothing_and_says_until_when_it_waits(
    client, ledger, inventory, waiting
):
    assert waiting["status"] == "awaiting-approval"
    assert waiting["expires"] == pytest.approx(waiting["created"] + 24 * 3600, abs=5)
    assert "approve or reject it" in waiting["next_action"]
    requests = {row["request"] for row in waiting["actions"]}
    assert {f"POST /v1/jobs/{waiting['id']}/{verb}" for verb in ("approve", "reject")} <= requests
    assert [host.reserved_by for host in inventory.hosts()] == ["", "", ""]
    assert client.get("/v1/clusters/prod").status_code == 404
    assert ledger.redis.exists("cw:holder:prod") == 0


def test_an_approved_job_is_bound_to_its_plan_and_says_who_approved_it(
    client, ledger, inventory, waiting
):
    answer = ask(client, waiting, "approve", plan_digest=waiting["plan_digest"])

    assert answer.status_code == 202, answer.text
    job = answer.json
    assert (job["status"], job["approved_by"]) == ("running", job["requested_by"])
    assert ledger.job(job["id"]).is_pinned
    assert inventory.host("n1").reserved_by == job["id"]
    [event] = [e for e in ledger.events(job["id"]) if e.type == "job.approved"]
    assert event.data == {"by": job["approved_by"], "via": "token", "alone": True}
    assert not ledger.redis.sismember("cw:loose:prod", job["id"])


def test_another_plan_than_the_jobs_is_not_approved(client, ledger, waiting):
    answer = ask(client, waiting, "approve", plan_digest="sha256:" + "0" * 64)

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/plan-outdated")
    assert waiting["plan_digest"] in answer.json["detail"]
    assert ledger.job(waiting["id"]).status == "awaiting-approval"


def test_a_job_that_another_has_overtaken_is_not_approved(client, ledger, inventory, waiting):
    ledger.redis.hset("cw:revision:prod", mapping={"n": 1, "by": "other"})

    answer = ask(client, waiting, "approve")

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/job-overtaken")
    assert "job other has changed cluster prod since" in answer.json["detail"]
    assert [host.reserved_by for host in inventory.hosts()] == ["", "", ""]
    assert ask(client, waiting, "reject").json["status"] == "rejected"


def test_what_is_accepted_when_approval_is_asked_for_anew_is_told_to_who_approves(
    client, ledger, waiting
):
    ask(client, waiting, "cancel")

    again = ask(client, waiting, "retry", accept=["outside-window"])

    assert (again.status_code, again.json["status"]) == (202, "awaiting-approval")
    assert again.json["accept"] == ["outside-window"]
    [event] = [e for e in ledger.events(waiting["id"]) if e.type == "job.approval-requested"]
    assert event.data["accept"] == ["outside-window"]
    assert ask(client, waiting, "approve").json["accept"] == ["outside-window"]


def test_a_job_that_another_has_overtaken_says_so_before_anybody_approves_it(
    client, ledger, waiting
):
    ledger.redis.hset("cw:revision:prod", mapping={"n": 1, "by": "other"})

    job = client.get(f"/v1/jobs/{waiting['id']}").json
    (row,) = client.get("/v1/jobs").json["jobs"]

    assert job["overtaken_by"] == "other"
    assert "job other has changed cluster prod since" in job["next_action"]
    assert row["next_action"] == job["next_action"]
    requests = {row["request"] for row in job["actions"]}
    assert f"POST /v1/jobs/{waiting['id']}/reject" in requests
    assert f"POST /v1/jobs/{waiting['id']}/approve" not in requests
    assert "approve" not in job["links"]


def test_a_job_that_was_planned_behind_the_other_can_be_approved_after_it(client, ledger, waiting):
    ledger.redis.hset(f"cw:job:{waiting['id']}", "behind", "first other")
    ledger.redis.hset("cw:revision:prod", mapping={"n": 1, "by": "other"})

    job = client.get(f"/v1/jobs/{waiting['id']}").json

    assert (job["overtaken_by"], "approve" in job["links"]) == (None, True)
    assert ask(client, waiting, "approve").status_code == 202


def test_a_rejected_job_says_why_and_goes_on_no_more(client, ledger, waiting):
    answer = ask(client, waiting, "reject", reason="not before Monday")

    assert (answer.status_code, answer.json["status"]) == (202, "rejected")
    assert "rejected the change: not before Monday" in answer.json["error"]["message"]
    again = ask(client, waiting, "retry")
    assert (again.status_code, again.json["possible"]) == (409, [])
    assert client.post(CHANGES, json=change()).status_code == 202


def test_nobody_approves_a_job_when_its_time_is_over(client, ledger, waiting):
    expire(ledger, waiting)

    for _ in range(2):
        late = ask(client, waiting, "approve")

        assert (late.status_code, late.json["job_status"]) == (409, "expired")
        assert late.json["possible"] == []
        assert "it is expired" in late.json["detail"]
    assert client.get(f"/v1/jobs/{waiting['id']}").json["status"] == "expired"
    assert ledger.redis.zscore("cw:due", waiting["id"]) is None


def test_a_reconciler_ends_what_nobody_has_approved(client, ledger, waiting):
    expire(ledger, waiting)

    assert ledger.due() == []

    job = client.get(f"/v1/jobs/{waiting['id']}").json
    assert (job["status"], job["finished_for_now"]) == ("expired", True)
    assert "nobody approved it in time" in job["next_action"]


def test_a_cancelled_job_that_nobody_had_approved_asks_for_it_again(client, ledger, waiting):
    assert ask(client, waiting, "cancel").json["status"] == "cancelled"

    again = ask(client, waiting, "retry")

    assert (again.status_code, again.json["status"]) == (202, "awaiting-approval")
    assert ask(client, waiting, "approve").json["status"] == "running"


def test_the_same_change_waits_for_one_approval_only(client, ledger, waiting):
    answer = client.post(CHANGES, json=change())

    assert (answer.status_code, answer.json["id"]) == (200, waiting["id"])
    assert answer.json["not_taken"] == {"approve_within": {"asked": 0, "kept": 24}}


def test_twenty_approvals_at_once_begin_one_job(client, app, ledger, waiting):
    def approve(_):
        header = {"Authorization": client.environ_base["HTTP_AUTHORIZATION"]}
        path = f"/v1/jobs/{waiting['id']}/approve"
        return app.test_client().post(path, headers=header).status_code

    with ThreadPoolExecutor(20) as pool:
        codes = sorted(pool.map(approve, range(20)))

    assert codes == [202] + [409] * 19
    assert ledger.redis.zscore("cw:due", waiting["id"]) is not None
    assert [e.type for e in ledger.events(waiting["id"])].count("job.approved") == 1


@pytest.mark.parametrize(
    ("verb", "body", "pointer"),
    [
        ("approve", {"plan_digest": "sha256:1"}, "/plan_digest"),
        ("approve", {"accept": ["x"]}, "/accept"),
        ("reject", {"reason": "x" * 1001}, "/reason"),
        ("reject", {"why": "x"}, "/why"),
    ],
)
def test_a_body_that_is_not_understood_names_the_member(
    client, ledger, waiting, verb, body, pointer
):
    answer = ask(client, waiting, verb, **body)

    assert answer.status_code == 422
    assert [row["pointer"] for row in answer.json["errors"]] == [pointer]
    assert ledger.job(waiting["id"]).status == "awaiting-approval"


@pytest.mark.parametrize("hours", [-1, 721, 1.5, "24", True])
def test_how_long_an_approval_is_waited_for_is_checked(client, ledger, inventory, hours):
    answer = client.post(CHANGES, json=change() | {"approve_within": hours})

    assert answer.status_code == 422
    assert [row["pointer"] for row in answer.json["errors"]] == ["/approve_within"]
    assert ledger.jobs() == []


def test_a_plan_does_not_depend_on_whether_it_is_to_be_approved(client, ledger, inventory):
    plans = [client.post(PLANS, json=change() | fields).json for fields in ({}, LATER)]

    assert plans[0]["digest"] == plans[1]["digest"]


def test_a_job_behind_others_may_be_approved_when_they_are_done(client, ledger, job):
    behind = {"kind": "label-nodes", "params": {"labels": {"n1": {"rack": "a"}}}}
    waiting = client.post(CHANGES, json=behind | LATER).json
    assert waiting["status"] == "awaiting-approval", waiting
    ledger.redis.hset("cw:revision:prod", mapping={"n": 7, "by": job})

    answer = ask(client, waiting, "approve")

    assert (answer.status_code, answer.json["status"]) == (202, "queued")
    assert json.loads(ledger.redis.hget(f"cw:job:{waiting['id']}", "replan")) == 1
