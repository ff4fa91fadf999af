"""Schedules over HTTP: put, shown, paused, run and taken away by who may change the cluster."""

import pytest

from api.access.tokens import new_token, register
from cluster.spec import Environment
from workflows.access import Grant, Permission
from workflows.schedules.store import ScheduleStore

NIGHTLY = {
    "change": {
        "kind": "create-cluster",
        "params": {"control_plane": ["n1"], "topology": "single"},
        "reason": "every night",
    },
    "cron": "30 2 * * *",
    "timezone": "Europe/Berlin",
}
PLACE = "/v1/clusters/prod/schedules/nightly"


@pytest.fixture
def put(client, inventory):
    def put(body=NIGHTLY, place=PLACE, **headers):
        return client.put(place, json=body, headers=headers)

    return put


@pytest.fixture
def holding(app, redis):
    def make(*grants):
        token = new_token()
        register(redis, token, "robot", grants)
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    return make


def test_a_schedule_that_is_put_is_shown_with_its_next_slot_and_no_outcome(client, put):
    answer = put()

    row = answer.json
    assert answer.status_code == 200, answer.text
    assert (row["name"], row["cluster"], row["revision"]) == ("nightly", "prod", 1)
    assert row["change"]["params"]["control_plane"] == ["n1"]
    assert row["next_time"][11:] in {"01:30:00.000Z", "00:30:00.000Z"}
    assert (row["last"], row["counts"]["made"]) == (None, 0)
    assert client.get("/v1/schedules/nightly").json == row
    assert client.get("/v1/schedules").json["schedules"] == [row]


def test_one_time_is_taken_instead_of_an_expression(put):
    once = {"change": NIGHTLY["change"], "at": "2036-12-01T05:00:00+01:00"}

    row = put(once).json

    assert (row["cron"], row["next_time"]) == (None, "2036-12-01T04:00:00.000Z")


def test_a_time_that_has_passed_is_refused(client, put):
    answer = put({"change": NIGHTLY["change"], "at": "2020-12-01T05:00:00Z"})

    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/at")
    assert client.get("/v1/schedules").json["schedules"] == []


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("9999-12-31T23:59:59-12:00", "cannot use the year 9999: name a moment of 1970 to 8999"),
        ("0001-01-01T00:00:00+14:00", "cannot use the year 1: name a moment of 1970 to 8999"),
        ("2036-12-01T04:00:00", "cannot read the moment: it needs its offset from UTC, such as Z"),
        ("soon", "cannot read the moment: RFC 3339, for example 2036-11-28T00:00:00Z"),
    ],
)
def test_a_moment_that_cannot_be_reckoned_with_is_refused_in_words(put, at, said):
    answer = put({"change": NIGHTLY["change"], "at": at})

    assert answer.status_code == 422, answer.text
    assert answer.json["errors"] == [{"pointer": "/at", "detail": said}]


@pytest.mark.parametrize(
    ("fault", "pointer"),
    [
        ({"cron": "61 * * * *"}, "/cron"),
        ({"cron": "* * * *"}, "/cron"),
        ({"at": "2036-12-01T05:00:00Z"}, "/cron"),
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"late_by": 5}, "/late_by"),
        ({"change": {"kind": "no-such", "params": {}}}, "/change/kind"),
        ({"change": {"kind": "verify", "params": {"x": 1}}}, "/change/params/x"),
        (
            {"change": {**NIGHTLY["change"], "plan_digest": "sha256:" + "0" * 64}},
            "/change/plan_digest",
        ),
        ({"more": 1}, "/more"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_at_its_field(client, put, fault, pointer):
    answer = put(NIGHTLY | fault)

    assert answer.status_code == 422, answer.text
    assert pointer in {row["pointer"] for row in answer.json["errors"]}
    assert client.get("/v1/schedules").json["schedules"] == []


def test_one_that_is_to_be_new_replaces_none(put):
    assert put(**{"If-None-Match": "*"}).status_code == 200

    answer = put(**{"If-None-Match": "*"})

    assert (answer.status_code, answer.json["type"]) == (412, "/problems/schedule-moved")


def test_of_two_who_write_on_the_same_state_one_is_told(put):
    tag = put().headers["ETag"]
    assert put(**{"If-Match": tag}).json["revision"] == 2

    assert put(**{"If-Match": tag}).status_code == 412


def test_a_name_of_another_clusters_schedule_is_not_taken(client, put):
    put()

    answer = put(place="/v1/clusters/other/schedules/nightly")

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/schedule-taken")
    assert client.delete("/v1/clusters/other/schedules/nightly").status_code == 404


def test_who_may_not_make_the_change_may_not_schedule_it(holding, inventory):
    destroy = {"change": {"kind": "destroy-cluster", "params": {"confirm": "prod"}}}
    changer = holding(Grant(Permission.CHANGE))

    answer = changer.put(PLACE, json=destroy | {"cron": "0 0 * * *"})

    assert (answer.status_code, answer.json["permission"]) == (403, "destroy")


def test_who_may_change_one_cluster_may_schedule_for_that_alone(holding, inventory):
    changer = holding(Grant(Permission.CHANGE, "test-*", frozenset(Environment)))

    assert changer.put("/v1/clusters/test-a/schedules/a", json=NIGHTLY).status_code == 200
    assert changer.put(PLACE, json=NIGHTLY).status_code == 403


def test_one_that_is_paused_has_no_next_slot_until_it_is_resumed(client, put):
    put()

    paused = client.post(f"{PLACE}/pause").json
    assert (paused["enabled"], paused["next_time"]) == (False, None)
    assert client.post(f"{PLACE}/pause").json["revision"] == paused["revision"]

    resumed = client.post(f"{PLACE}/resume").json
    assert resumed["enabled"]
    assert resumed["next_time"]


def test_run_now_asks_as_the_person_and_leaves_the_slots_as_they_are(client, put, redis):
    before = put().json

    answer = client.post(f"{PLACE}/run")

    job = answer.json
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"].endswith(job["id"])
    assert (job["kind"], job["via"], job["reason"]) == ("create-cluster", "token", "every night")
    assert client.get("/v1/schedules/nightly").json == before
    again = client.post(f"{PLACE}/run")
    assert (again.status_code, again.json["id"]) == (200, job["id"])
    assert ScheduleStore(redis).one("nightly").last is None


def test_one_that_is_removed_is_gone(client, put):
    put()

    assert client.delete(PLACE).status_code == 204

    answer = client.delete(PLACE)
    assert (answer.status_code, answer.json["type"]) == (404, "/problems/schedule-not-found")
    assert client.get("/v1/schedules/nightly").status_code == 404


def test_a_schedule_that_nobody_has_written_since_is_not_sent_again(client, put):
    tag = put().headers["ETag"]

    assert client.get("/v1/schedules/nightly", headers={"If-None-Match": tag}).status_code == 304
