"""Who has made a schedule does not approve what it asks for, with none of their tokens."""

from datetime import UTC, datetime, timedelta

import pytest

from workflows.schedules.firing import fire
from workflows.schedules.store import ScheduleStore

PLACE = "/v1/clusters/prod/schedules/nightly"
NIGHTLY = {
    "change": {
        "kind": "create-cluster",
        "params": {"control_plane": ["n1"], "topology": "single"},
        "approve_within": 8,
    },
    "cron": "0 * * * *",
}


@pytest.fixture
def person(app, client):
    """Return a function that makes somebody's client, by a token with these roles."""

    def make(name, *roles):
        wish = {"name": name, "roles": roles, "owner": name}
        token = client.post("/v1/tokens", json=wish).json["token"]
        found = app.test_client()
        found.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return found

    return make


@pytest.fixture
def slot_job(ledger, inventory):
    """Return a function that has the next slot of the schedule come."""

    def come():
        later = datetime.now(UTC) + timedelta(hours=1)
        return fire(ledger, inventory, ScheduleStore(ledger.redis), "nightly", later).job

    return come


def put(person, **headers):
    answer = person.put(PLACE, json=NIGHTLY, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json


def approved(person, job):
    answer = person.post(f"/v1/jobs/{job}/approve", json={})
    return answer.status_code, answer.json.get("type", answer.json.get("status"))


def test_the_maker_of_a_schedule_does_not_approve_what_it_asks_for(client, person, slot_job):
    put(person("alice", "operator", "approver"))
    alice_again = person("Alice", "approver")

    job = slot_job()

    assert client.get(f"/v1/jobs/{job}").json["status"] == "awaiting-approval"
    assert approved(alice_again, job) == (403, "/problems/four-eyes")
    assert approved(person("bob", "approver"), job) == (202, "running")
    told = 'clusterwright_schedule_slots_total{outcome="%s"} %s'
    metrics = client.get("/metrics").text
    assert told % ("made", "1.0") in metrics
    assert told % ("missed", "0.0") in metrics


def test_who_lets_a_schedule_rest_and_go_on_has_not_made_it(person, slot_job):
    alice = person("alice", "operator", "approver")
    bob = person("bob", "operator", "approver")
    put(alice)
    for verb in ("pause", "resume"):
        assert bob.post(f"{PLACE}/{verb}").status_code == 200

    job = slot_job()

    assert approved(alice, job) == (403, "/problems/four-eyes")
    assert approved(bob, job) == (202, "running")


def test_who_writes_a_schedule_anew_is_its_maker(person, slot_job):
    alice = person("alice", "operator", "approver")
    bob = person("bob", "operator", "approver")
    put(alice)
    put(bob)

    job = slot_job()

    assert approved(bob, job) == (403, "/problems/four-eyes")
    assert approved(alice, job) == (202, "running")
