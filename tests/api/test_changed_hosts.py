"""A host of the inventory is changed on purpose, by whoever has seen what it is."""

import json

import pytest
from api_requests import CHANGES, HOST_KEY, PLANS, change

from cluster.spec import Host
from workflows.host_changes import fingerprint
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.plan import Change
from workflows.submit import PlanChanged, plan_change, submit

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPEjTbf7n9FQgUtrUczaBCn17Fv9FSAfRcVsSkW8Pn1c"
HOST = {"address": "10.0.0.1", "host_key": HOST_KEY}
ADD = {"If-None-Match": "*"}


def tag(client, name="n1"):
    return client.get(f"/v1/hosts/{name}").headers["ETag"]


def changed_events(redis):
    rows = [entry for _, entry in redis.xrange("cw:events")]
    return [(row["job"], json.loads(row["data"])) for row in rows if row["type"] == "host.changed"]


def test_a_host_that_is_there_is_not_added_once_more_and_is_told_as_it_is(client, inventory):
    again = client.put("/v1/hosts/n1", json=HOST | {"user": "ops"}, headers=ADD)
    new = client.put("/v1/hosts/n9", json=HOST, headers=ADD)

    assert (again.status_code, again.json["type"]) == (412, "/problems/precondition-failed")
    assert "user from root to ops" in again.json["detail"]
    assert again.json["changes"] == {"user": {"was": "root", "is": "ops"}}
    assert (again.json["host"]["user"], again.json["etag"]) == ("root", tag(client))
    assert client.get("/v1/hosts/n1").json["user"] == "root"
    assert new.status_code == 201


def test_only_the_state_that_was_seen_is_replaced(client, inventory):
    seen = tag(client)
    first = client.put("/v1/hosts/n1", json=HOST | {"zone": "a"}, headers={"If-Match": seen})
    second = client.put("/v1/hosts/n1", json=HOST | {"zone": "b"}, headers={"If-Match": seen})
    third = client.put(
        "/v1/hosts/n1", json=HOST | {"zone": "b"}, headers={"If-Match": first.headers["ETag"]}
    )
    none = client.put("/v1/hosts/n9", json=HOST, headers={"If-Match": seen})

    assert [a.status_code for a in (first, second, third, none)] == [200, 412, 200, 412]
    assert second.json["changes"] == {"zone": {"was": "a", "is": "b"}}
    assert third.headers["ETag"] == tag(client)
    assert "not in the inventory" in none.json["detail"]


def test_a_pinned_key_is_replaced_only_on_purpose_and_both_fingerprints_are_told(client, inventory):
    refused = client.put("/v1/hosts/n1", json=HOST | {"host_key": OTHER_KEY})
    kept = client.get("/v1/hosts/n1").json["host_key"]
    done = client.put(
        "/v1/hosts/n1", json=HOST | {"host_key": OTHER_KEY}, headers={"If-Match": tag(client)}
    )

    assert (refused.status_code, refused.json["type"]) == (428, "/problems/precondition-required")
    assert fingerprint(HOST_KEY) in refused.json["detail"]
    assert fingerprint(OTHER_KEY) in refused.json["detail"]
    assert kept == HOST_KEY
    assert (done.status_code, done.json["host_key"]) == (200, OTHER_KEY)


@pytest.mark.parametrize("path", ["/v1/hosts", "/v1/hosts/n1"])
def test_who_knows_the_inventory_is_told_that_nothing_is_new(client, inventory, path):
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    client.put("/v1/hosts/n1", json=HOST | {"zone": "a"})
    changed = client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert [a.status_code for a in (first, again, changed)] == [200, 304, 200]


HOW = {
    "user": "ops",
    "ssh_key": "other",
    "host_key": OTHER_KEY,
    "jump": "n2",
}


@pytest.mark.parametrize("field", HOW)
def test_while_a_job_is_carried_out_nobody_changes_how_its_hosts_are_reached(client, job, field):
    answer = client.put(
        "/v1/hosts/n1", json=HOST | {field: HOW[field]}, headers={"If-Match": tag(client)}
    )

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/host-held")
    assert answer.json["job"] == job
    assert job in answer.json["detail"]
    assert "cancel-job" in [row["action"] for row in answer.json["actions"]]
    assert client.get("/v1/hosts/n1").json[field] != HOW[field]


def test_zone_and_labels_of_a_held_host_and_hosts_of_no_job_can_be_changed(client, job):
    described = client.put("/v1/hosts/n1", json=HOST | {"zone": "a", "labels": {"a": "b"}})
    other = client.put("/v1/hosts/n2", json=HOST | {"address": "10.0.0.2", "user": "ops"})

    assert (described.status_code, other.status_code) == (200, 200)


def test_the_jump_hosts_of_a_held_host_are_held_too(client, inventory):
    client.put("/v1/hosts/n2", json=HOST | {"address": "10.0.0.2", "jump": "n3"})
    client.put("/v1/hosts/n1", json=HOST | {"jump": "n2"})
    job = client.post(CHANGES, json=change()).json["id"]

    answer = client.put("/v1/hosts/n3", json=HOST | {"address": "10.0.0.33"})

    assert (answer.status_code, answer.json["job"]) == (409, job)
    assert "which reaches n1 through it" in answer.json["detail"]


def test_a_failed_job_lets_its_hosts_be_mended_tells_of_it_and_goes_on(client, steps, redis):
    steps.begin()
    steps.fail()

    mended = client.put(
        "/v1/hosts/n1",
        json=HOST | {"host_key": OTHER_KEY, "user": "ops"},
        headers={"If-Match": tag(client)},
    )
    retried = client.post(f"/v1/jobs/{steps.job}/retry")
    held = client.put("/v1/hosts/n1", json=HOST | {"host_key": OTHER_KEY})

    assert [a.status_code for a in (mended, retried, held)] == [200, 202, 409]
    events = [e for e in steps.ledger.events(steps.job) if e.type == "host.changed"]
    assert [event.data["host"] for event in events] == ["n1"]
    assert events[0].data["changes"] == {
        "host_key": {"was": fingerprint(HOST_KEY), "is": fingerprint(OTHER_KEY)},
        "user": {"was": "root", "is": "ops"},
    }


def test_a_change_of_a_host_is_an_event_and_in_the_log_with_who_asked_for_it(
    client, inventory, redis, token, caplog
):
    caplog.set_level("INFO", "workflows.inventory")
    client.put("/v1/hosts/n1", json=HOST)  # as it is already
    client.put("/v1/hosts/n9", json=HOST)  # new
    client.put("/v1/hosts/n1", json=HOST | {"user": "ops"})

    ((job, event),) = changed_events(redis)
    name = token.split("_")[1]

    assert job == ""
    assert event == {
        "host": "n1",
        "by": name,
        "changes": {"user": {"was": "root", "is": "ops"}},
    }
    assert caplog.messages.count(f"token {name} changed host n1: user from root to ops") == 1


@pytest.mark.parametrize("exchanged", ["n1", "n2"], ids=["the host", "its jump host"])
@pytest.mark.parametrize("field", ["address", "user", "ssh_key", "host_key"])
def test_a_plan_is_not_carried_out_on_hosts_that_were_exchanged(
    client, inventory, exchanged, field
):
    client.put("/v1/hosts/n1", json=HOST | {"jump": "n2"})
    plan = client.post(PLANS, json=change()).json
    row = client.get(f"/v1/hosts/{exchanged}").json
    row = {name: row[name] for name in ("address", "host_key", "jump")}
    other = row | HOW | {"address": "10.9.9.9", "jump": row["jump"]}
    client.put(
        f"/v1/hosts/{exchanged}", json=row | {field: other[field]}, headers={"If-Match": "*"}
    )

    refused = client.post(CHANGES, json=change(plan_digest=plan["digest"]))
    now = client.post(PLANS, json=change()).json
    taken = client.post(CHANGES, json=change(plan_digest=now["digest"]))

    assert (refused.status_code, refused.json["type"]) == (409, "/problems/plan-outdated")
    assert set(plan["connections"]) == {"n1", "n2"}
    assert refused.json["connections"] == now["connections"] != plan["connections"]
    assert taken.status_code == 202


def test_a_plan_is_still_the_same_when_a_host_that_it_does_not_touch_has_changed(client, inventory):
    digest = client.post(PLANS, json=change()).json["digest"]
    client.put("/v1/hosts/n3", json=HOST | {"address": "10.0.0.33"}, headers={"If-Match": "*"})

    assert client.post(CHANGES, json=change(plan_digest=digest)).status_code == 202


class Late(Ledger):
    """Somebody changes a host between the planning of a change and its recording."""

    def create(self, record):
        Inventory(self.redis).put_host(Host("n1", "10.0.0.1", HOST_KEY, user="late"))
        return super().create(record)


def test_a_host_that_changes_in_the_moment_of_asking_is_planned_anew(redis, inventory):
    asked = Change("prod", "create-cluster", change()["params"])
    seen = plan_change(Ledger(inventory.redis), inventory, asked)

    with pytest.raises(PlanChanged):
        submit(Late(redis), inventory, asked, plan_digest=seen.digest)
    assert redis.keys("cw:job:*") == []

    inventory.put_host(Host("n1", "10.0.0.1", HOST_KEY, user="early"))
    made = submit(Late(redis), inventory, asked)

    assert made.created
    now = plan_change(Ledger(inventory.redis), inventory, asked)
    assert made.job.plan["digest"] != seen.digest
    assert now.connections["n1"]["user"] == "late"
    noted = json.loads(redis.hget(f"cw:job:{made.job.id}:reached", "n1"))
    assert json.loads(noted["user"]) == "late"
