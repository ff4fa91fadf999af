"""Plans whose hosts are asked: by a job that takes nothing, for as long as somebody waits."""

import threading
import time

import pytest
from answering_hosts import LITTLE, hosts_that_say
from api_requests import CHANGES, PLANS, change
from jsonschema import Draft202012Validator
from polling import within

from api import checks
from api.access.tokens import new_token, register
from api.hub import Hub, HubFull, Subscription
from workflows.access import Grant, Permission

CHECK = f"{PLANS}?check=true"


def codes(plan):
    return [row["code"] for row in plan["findings"]]


def test_a_plan_that_asked_no_host_says_so(client, inventory):
    plan = client.post(PLANS, json=change()).json

    assert (plan["checked"], plan["check"]) == (False, None)


@pytest.mark.parametrize("severity", ["refuse", "warn"])
def test_a_checked_plan_has_what_the_hosts_had_to_say(
    client, anonymous, ledger, inventory, severity
):
    bare = client.post(PLANS, json=change()).json

    with hosts_that_say(ledger, LITTLE | {"severity": severity}) as played:
        answer = client.post(CHECK, json=change())

    plan = answer.json
    assert answer.status_code == 200, answer.text
    assert plan["checked"] is True
    assert codes(plan) == [*codes(bare), "memory-too-small"]
    assert plan["allowed"] is (severity != "refuse")
    assert plan["digest"] == bare["digest"]
    assert (plan["check"]["job"], plan["check"]["detail"]) == (played[0].id, "")
    schemas = anonymous.get("/openapi.json").json["components"]
    schema = {"$ref": "#/components/schemas/Plan", "components": schemas}
    Draft202012Validator(schema).validate(plan)


def test_what_the_request_accepts_does_not_refuse_a_checked_plan(client, ledger, inventory):
    with hosts_that_say(ledger, LITTLE):
        plan = client.post(CHECK, json=change(accept=["memory-too-small"])).json

    assert (plan["checked"], plan["allowed"]) == (True, True)


def test_a_check_takes_neither_the_cluster_nor_a_host_and_is_listed_by_its_own_name(
    client, ledger, inventory, redis
):
    with hosts_that_say(ledger):
        assert client.post(CHECK, json=change()).json["checked"] is True

    [job] = client.get("/v1/jobs").json["jobs"]
    assert (job["kind"], job["status"]) == ("check-create-cluster", "succeeded")
    assert [host.reserved_by for host in inventory.hosts()] == ["", "", ""]
    assert client.get("/v1/clusters").json["clusters"] == []
    assert redis.exists("cw:holder:prod", "cw:revision:prod") == 0
    assert client.post(CHANGES, json=change()).status_code == 202


def test_what_is_otherwise_in_the_cluster_warns_and_refuses_only_what_the_plan_refuses_for_it(
    client, ledger, job, steps
):
    steps.finish()
    silent = LITTLE | {"code": "dead-member", "message": "n1 does not answer", "acceptable": False}
    labels = {"kind": "label-nodes", "params": {"labels": {"n1": {"rack": "a"}}}}

    with hosts_that_say(ledger, seen=[silent]):
        plan = client.post(CHECK, json=labels).json

    assert (plan["checked"], plan["allowed"]) == (True, True), plan
    severities = {row["code"]: row["severity"] for row in plan["findings"]}
    assert severities["dead-member"] == "warn"


def test_who_waits_longer_than_that_is_led_to_the_job(client, ledger, inventory, monkeypatch):
    monkeypatch.setattr(checks, "LONGEST_WAIT", 0.1)

    answer = client.post(CHECK, json=change())
    again = client.post(CHECK, json=change())

    assert answer.status_code == 202, answer.text
    assert answer.json["kind"] == "check-create-cluster"
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json['id']}"
    assert again.json["id"] == answer.json["id"]


def full(_, job):
    raise HubFull(f"cannot follow job {job}")


def dropped(_, job):
    return Subscription(job, dropped=True)


@pytest.mark.parametrize("subscribe", [full, dropped])
def test_where_no_news_can_come_nobody_waits_for_them(client, inventory, monkeypatch, subscribe):
    monkeypatch.setattr(Hub, "subscribe", subscribe)
    began = time.monotonic()

    answer = client.post(CHECK, json=change())

    assert answer.status_code == 202, answer.text
    assert time.monotonic() - began < checks.LONGEST_WAIT / 2


def test_a_check_that_could_not_ask_says_why(client, ledger, inventory):
    def cancel():
        jobs = within(lambda: ledger.jobs(limit=1), "a check")
        ledger.cancel(jobs[0].id)

    thread = threading.Thread(target=cancel)
    thread.start()
    plan = client.post(CHECK, json=change()).json
    thread.join()

    assert plan["checked"] is False
    assert plan["check"]["status"] == "cancelled"


def test_nobody_is_asked_for_a_plan_that_is_refused_as_it_is(client, ledger, inventory):
    plan = client.post(CHECK, json=change(params={"control_plane": ["n9"]})).json

    assert (plan["allowed"], plan["checked"], plan["check"]) == (False, False, None)
    assert ledger.jobs(limit=1) == []


def test_a_check_needs_no_more_than_a_plan_and_is_no_kind_that_somebody_asks_for(
    app, client, redis, ledger, inventory
):
    token = new_token()
    register(redis, token, "planner", [Grant(Permission.PLAN)])
    headers = {"Authorization": f"Bearer {token}"}

    with hosts_that_say(ledger):
        answer = app.test_client().post(CHECK, json=change(), headers=headers)

    assert answer.json["checked"] is True
    assert not [row for row in client.get("/v1/kinds").json["kinds"] if "check" in row["name"]]
    asked = change() | {"kind": "check-create-cluster"}
    assert client.post(CHANGES, json=asked).status_code == 422


@pytest.mark.parametrize("query", ["check=perhaps", "chekc=true"])
def test_what_is_no_such_question_is_refused(client, inventory, query):
    answer = client.post(f"{PLANS}?{query}", json=change())

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-request")
