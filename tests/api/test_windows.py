"""Maintenance windows and freezes over HTTP, and what a job tells that waits for one."""

import pytest
from api_requests import CHANGES, PLANS, change

from api.access.tokens import new_token, register
from workflows.access import Grant, Permission
from workflows.timed import Timed

WINDOW = {"days": ["tue"], "begin": "22:00", "end": "02:00", "timezone": "Europe/Berlin"}
FREEZE = {"until": "2036-01-04T06:00:00Z", "reason": "the sale"}


@pytest.fixture
def frozen(client, inventory):
    answer = client.put("/v1/freezes/sale", json=FREEZE)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_window_that_is_put_is_listed_with_whether_it_is_open(client):
    row = client.put("/v1/windows/nightly", json=WINDOW).json

    assert (row["days"], row["begin"], row["end"]) == (["tue"], "22:00", "02:00")
    assert (row["clusters"], row["environments"]) == ("*", ["dev", "staging", "prod"])
    assert isinstance(row["open"], bool)
    assert row["changes_time"]
    assert client.get("/v1/windows").json["windows"] == [row]
    assert client.delete("/v1/windows/nightly").status_code == 204
    assert client.get("/v1/windows").json["windows"] == []


def test_a_freeze_begins_now_where_it_does_not_say_when(client, frozen):
    assert frozen["in_force"]
    assert frozen["until_time"] == "2036-01-04T06:00:00.000Z"
    assert client.get("/v1/freezes").json["freezes"] == [frozen]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("windows", WINDOW | {"begin": "24:00"}, "/begin"),
        ("windows", WINDOW | {"days": ["friday"]}, "/days/0"),
        ("windows", WINDOW | {"days": []}, "/days"),
        ("windows", WINDOW | {"timezone": "Europe/Atlantis"}, "/timezone"),
        ("windows", WINDOW | {"clusters": "a b"}, "/clusters"),
        ("freezes", FREEZE | {"begin": "2037-01-01T00:00:00Z"}, "/until"),
        ("freezes", FREEZE | {"until": "tomorrow"}, "/until"),
        ("freezes", FREEZE | {"kinds_except": ["sing"]}, "/kinds_except/0"),
        ("freezes", {"reason": "x"}, "/until"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(client, path, body, pointer):
    answer = client.put(f"/v1/{path}/x", json=body)

    assert answer.status_code == 422, answer.text
    assert pointer in {row["pointer"] for row in answer.json["errors"]}


@pytest.mark.parametrize("path", ["windows", "freezes"])
def test_what_is_not_there_is_not_taken_away(client, path):
    answer = client.delete(f"/v1/{path}/none")

    assert (answer.status_code, answer.json["type"]) == (404, "/problems/no-such-entry")
    assert [row["action"] for row in answer.json["actions"]] == [f"list-{path}"]


def test_a_job_that_waits_tells_since_when_and_until_when(client, frozen):
    plan = client.post(PLANS, json=change()).json
    assert "cluster-frozen" in {row["code"] for row in plan["findings"]}
    assert plan["allowed"]

    job = client.post(CHANGES, json=change()).json

    assert (job["status"], job["opens_time"]) == ("queued", frozen["until_time"])
    assert job["held_since"]
    assert "the sale" in job["held_by"]
    assert "2036-01-04 06:00 UTC" in job["next_action"]
    (row,) = client.get("/v1/jobs").json["jobs"]
    assert (row["held_by"], row["opens"]) == (job["held_by"], job["opens"])
    assert client.post(f"/v1/jobs/{job['id']}/cancel").json["status"] == "cancelled"


def test_an_admin_has_it_begin_all_the_same_and_nobody_else_does(app, client, redis, frozen):
    token = new_token()
    register(redis, token, "robot", (Grant(Permission.CHANGE),))
    body = change() | {"accept": ["cluster-frozen"]}

    robot = app.test_client().post(CHANGES, json=body, headers={"Authorization": f"Bearer {token}"})
    admin = client.post(CHANGES, json=body)

    assert (robot.status_code, robot.json["permission"]) == (403, "admin")
    assert (admin.status_code, admin.json["status"]) == (202, "running")


def test_a_job_that_waits_is_cancelled_and_retried_by_an_admin_to_begin_at_once(
    app, client, redis, inventory, ledger, frozen
):
    token = new_token()
    register(redis, token, "robot", (Grant(Permission.CHANGE),))
    job = client.post(CHANGES, json=change()).json["id"]
    client.post(f"/v1/jobs/{job}/cancel")
    path, body = f"/v1/jobs/{job}/retry", {"accept": ["cluster-frozen"]}

    robot = app.test_client().post(path, json=body, headers={"Authorization": f"Bearer {token}"})
    admin = client.post(path, json=body)
    Timed(ledger, inventory).tick()

    assert (robot.status_code, robot.json["permission"]) == (403, "admin")
    assert admin.status_code == 202, admin.text
    assert client.get(f"/v1/jobs/{job}").json["status"] == "running"


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"])
def test_a_freeze_for_ever_is_told_to_name_a_year_that_other_clocks_have_too(client, until):
    answer = client.put("/v1/freezes/ever", json=FREEZE | {"until": until})

    assert answer.status_code == 422, answer.text
    assert answer.json["errors"] == [
        {"pointer": "/until", "detail": "cannot use the year 9999: name a moment of 1970 to 8999"}
    ]


def test_a_freeze_of_the_last_year_that_is_taken_keeps_changes_plannable(client, frozen):
    for name, zone in (("east", "Pacific/Kiritimati"), ("west", "Pacific/Pago_Pago")):
        client.put(f"/v1/windows/{name}", json=WINDOW | {"timezone": zone})
    long = FREEZE | {"until": "8999-12-31T23:59:59-12:00"}

    assert client.put("/v1/freezes/ever", json=long).status_code == 200
    assert client.post(PLANS, json=change()).status_code == 200


def test_a_freeze_that_is_over_when_it_is_put_is_refused(client):
    answer = client.put(
        "/v1/freezes/past", json={"until": "2020-01-01T00:00:00Z", "reason": "too late"}
    )

    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/until")
    assert client.get("/v1/freezes").json["freezes"] == []
