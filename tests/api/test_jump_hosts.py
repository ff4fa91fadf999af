"""Hosts that are reached through others, in the inventory."""

import threading
from dataclasses import replace

import pytest
from api_requests import HOST_KEY

from cluster.jumps import BadJump
from cluster.spec import Host
from workflows.host_puts import HostInUse
from workflows.inventory import HostNotFound, Inventory

HOST = {"address": "192.168.1.21", "host_key": HOST_KEY}


def put(client, name, **more):
    return client.put(f"/v1/hosts/{name}", json=HOST | more)


def faults(answer):
    assert answer.status_code == 422, answer.text
    return [(row["pointer"], row["detail"]) for row in answer.json["errors"]]


@pytest.fixture
def chain(client, inventory):
    """n4 through n3 through n2 through n1: as far as it goes."""
    for name, jump in (("n2", "n1"), ("n3", "n2"), ("n4", "n3")):
        assert put(client, name, jump=jump).status_code in {200, 201}


def test_a_host_names_its_jump_host_and_may_lose_it_again(client, inventory):
    added = put(client, "web-1", jump="n1")
    shown = client.get("/v1/hosts/web-1")
    changed = put(client, "web-1")

    assert (added.status_code, added.json["jump"]) == (201, "n1")
    assert shown.json["jump"] == "n1"
    assert changed.json["jump"] == ""
    assert client.delete("/v1/hosts/n1").status_code == 204


WRONG = {
    "unknown": ("web-1", {"jump": "nobody"}, "/jump", "nobody as jump host: it is not in the"),
    "itself": ("web-1", {"jump": "web-1"}, "/jump", "a host cannot be its own"),
    "itself, known": ("n1", {"jump": "n1"}, "/jump", "a host cannot be its own"),
    "no name": ("web-1", {"jump": "Main Office"}, "/jump", "a name has 1 to 63"),
    "a circle of two": ("n1", {"jump": "n2"}, "/jump", "n1 through n2 through n1"),
    "a circle of four": (
        "n1",
        {"jump": "n4"},
        "/jump",
        "n1 through n4 through n3 through n2 through n1",
    ),
    "too far": ("web-1", {"jump": "n4"}, "/jump", "through 4 jump hosts (n4, n3, n2, n1): 3 at"),
    "another site": (
        "web-1",
        {"jump": "n1", "site": "edge"},
        "/jump",
        "at site default, and web-1",
    ),
    "a site of its own": (
        "n1",
        {"site": "edge"},
        "/site",
        "n2 of another site are reached through",
    ),
}


@pytest.mark.parametrize(("name", "body", "pointer", "message"), WRONG.values(), ids=WRONG)
def test_a_way_that_cannot_be_is_told_at_its_field_and_nothing_is_stored(
    client, redis, chain, name, body, pointer, message
):
    before = {key: redis.hgetall(key) for key in redis.keys("cw:host:*")}
    jumps = redis.hgetall("cw:jumps")

    [(at, detail)] = faults(put(client, name, **body))

    assert at == pointer
    assert message in detail
    assert {key: redis.hgetall(key) for key in redis.keys("cw:host:*")} == before
    assert redis.hgetall("cw:jumps") == jumps


def test_a_way_that_grows_too_long_for_hosts_behind_it_is_refused(client, chain):
    put(client, "web-1")

    [(at, detail)] = faults(put(client, "n1", jump="web-1"))

    assert at == "/jump"
    assert "cannot reach n4 through 4 jump hosts (n3, n2, n1, web-1)" in detail


def test_a_jump_host_is_not_deleted_while_others_are_reached_through_it(client, inventory):
    put(client, "n2", jump="n1")
    put(client, "n3", jump="n1")

    refused = client.delete("/v1/hosts/n1")
    put(client, "n2")
    client.delete("/v1/hosts/n3")

    assert (refused.status_code, refused.json["type"]) == (409, "/problems/host-in-use")
    assert "cannot delete host n1: n2, n3 are reached through it" in refused.json["detail"]
    assert client.delete("/v1/hosts/n1").status_code == 204


def test_a_site_can_be_changed_from_the_jump_host_on(client, inventory):
    put(client, "n1", site="edge")
    put(client, "n2", site="edge", jump="n1")

    assert client.get("/v1/hosts/n2").json["jump"] == "n1"


def test_a_jump_host_is_never_deleted_under_a_host_that_begins_to_name_it(redis, inventory):
    jump, host = inventory.host("n1"), inventory.host("n2")

    for _ in range(40):
        inventory.put_host(jump)
        inventory.put_host(replace(host, jump=""))
        racers = [
            threading.Thread(target=attempt, args=(inventory.delete_host, "n1", HostInUse)),
            threading.Thread(
                target=attempt, args=(inventory.put_host, replace(host, jump="n1"), BadJump)
            ),
        ]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert bool(redis.exists("cw:host:n1")) == (inventory.host("n2").jump == "n1")


def attempt(act, what, refusal):
    try:
        act(what)
    except refusal:
        return


def test_hosts_stored_before_there_were_jump_hosts_are_read(redis, inventory):
    redis.hdel("cw:host:n1", "jump")

    assert inventory.host("n1").jump == ""


def test_the_hosts_of_a_job_come_with_those_they_are_reached_through(redis, chain):
    inventory = Inventory(redis)

    known = inventory.with_jumps([inventory.host("n3")])

    assert set(known) == {"n3", "n2", "n1"}


def test_a_job_whose_jump_host_is_lost_is_told_which(redis, chain):
    inventory = Inventory(redis)
    redis.delete("cw:host:n1")

    with pytest.raises(HostNotFound, match="cannot reach host n2: its jump host n1 is not in"):
        inventory.with_jumps([inventory.host("n3")])


def test_a_circle_that_was_written_by_other_hands_ends_too(redis, inventory):
    for name, jump in (("n1", "n2"), ("n2", "n1")):
        redis.hset(f"cw:host:{name}", "jump", f'"{jump}"')

    with pytest.raises(HostNotFound, match="in a circle"):
        inventory.with_jumps([inventory.host("n1")])


def test_a_plan_for_a_host_whose_jump_host_is_lost_is_refused(client, redis, chain):
    redis.delete("cw:host:n1")

    answer = client.post(
        "/v1/clusters/prod/plans",
        json={"kind": "create-cluster", "params": {"control_plane": ["n2"]}},
    )

    codes = [row["code"] for row in answer.json["findings"]]
    assert "unknown-jump" in codes


def test_a_host_is_a_value_with_its_jump_host():
    assert Host("n2", "10.0.0.2", HOST_KEY, jump="n1").as_dict()["jump"] == "n1"
