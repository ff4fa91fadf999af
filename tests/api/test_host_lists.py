"""Hosts are stored together, or not at all."""

import json
import time

import pytest
from api_requests import CHANGES, HOST_KEY, change
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from api.description.host_requests import HostListRequestSchema
from workflows.host_changes import HostValues, fingerprint
from workflows.host_puts import HostsRefused

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPEjTbf7n9FQgUtrUczaBCn17Fv9FSAfRcVsSkW8Pn1c"


def row(name, **fields):
    return {"name": name, "address": "10.0.9.1", "host_key": HOST_KEY} | fields


def post(client, *rows, **fields):
    return client.post("/v1/hosts", json={"hosts": list(rows)} | fields)


def stored(redis):
    rows = {key: redis.hgetall(key) for key in redis.keys("cw:host:*")}
    return rows, redis.smembers("cw:hosts"), redis.hgetall("cw:jumps"), redis.xlen("cw:events")


def test_new_hosts_are_stored_and_known_ones_are_left_as_they_are(client, inventory):
    answer = post(client, row("a", zone="z"), {"name": "n1"}, row("n2", address="10.0.0.2"))

    assert answer.status_code == 200, answer.text
    assert answer.json == {
        "dry_run": False,
        "created": ["a"],
        "changed": [],
        "unchanged": ["n1", "n2"],
    }
    added = client.get("/v1/hosts/a").json
    assert (added["zone"], added["user"], added["node_address"]) == ("z", "root", "10.0.9.1")


def test_jump_hosts_may_stand_behind_the_hosts_that_name_them(client, redis):
    answer = post(client, row("a", jump="b"), row("b", jump="c"), row("c"))

    assert answer.json["created"] == ["a", "b", "c"]
    assert redis.hgetall("cw:jumps") == {"a": "b", "b": "c"}


def test_a_known_host_that_differs_refuses_the_whole_list_with_what_was_and_is(
    client, redis, inventory
):
    before = stored(redis)
    answer = post(
        client, row("a"), {"name": "n1", "host_key": OTHER_KEY}, {"name": "n2", "user": "ops"}
    )

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/hosts-differ")
    assert [error["pointer"] for error in answer.json["errors"]] == ["/hosts/1", "/hosts/2"]
    first, second = answer.json["hosts"]
    assert first["changes"] == {
        "host_key": {"was": fingerprint(HOST_KEY), "is": fingerprint(OTHER_KEY)}
    }
    assert (second["name"], second["changes"]) == ("n2", {"user": {"was": "root", "is": "ops"}})
    assert "2 of 3 hosts" in answer.json["detail"]
    assert stored(redis) == before


def test_with_replace_only_what_is_said_changes_and_is_an_event(client, redis, inventory):
    client.put("/v1/hosts/n1", json={"address": "10.0.0.1", "host_key": HOST_KEY, "zone": "z"})
    answer = post(client, {"name": "n1", "address": "10.0.0.7"}, row("a"), replace=True)

    changes = {
        "address": {"was": "10.0.0.1", "is": "10.0.0.7"},
        "node_address": {"was": "10.0.0.1", "is": "10.0.0.7"},
    }
    assert [(r["name"], r["changes"]) for r in answer.json["changed"]] == [("n1", changes)]
    now = client.get("/v1/hosts/n1").json
    assert (now["address"], now["node_address"], now["zone"]) == ("10.0.0.7", "10.0.0.7", "z")
    events = [entry for _, entry in redis.xrange("cw:events") if entry["type"] == "host.changed"]
    assert [json.loads(entry["data"])["host"] for entry in events] == ["n1", "n1"]


def test_a_pinned_key_is_replaced_only_by_a_row_that_names_its_state(client, inventory):
    tag = client.get("/v1/hosts/n1").headers["ETag"]
    new = {"name": "n1", "host_key": OTHER_KEY}

    unnamed = post(client, new, replace=True)
    stale = post(client, new | {"if_match": '"0"'}, replace=True)
    tried = post(client, new, dry_run=True)
    named = post(client, new | {"if_match": tag}, replace=True)
    again = post(client, new | {"if_match": tag}, replace=True)

    assert [a.status_code for a in (unnamed, stale, tried, named, again)] == [
        *(428, 412, 200, 200, 200)
    ]
    assert unnamed.json["type"] == "/problems/precondition-required"
    assert fingerprint(OTHER_KEY) in unnamed.json["detail"]
    assert unnamed.json["hosts"][0]["etag"] == tried.json["changed"][0]["etag"] == tag
    assert again.json["unchanged"] == ["n1"]


def test_a_dry_run_says_what_would_be_and_stores_nothing(client, redis, inventory):
    before = stored(redis)
    answer = post(client, row("a"), {"name": "n1", "user": "ops"}, {"name": "n2"}, dry_run=True)

    assert answer.json["dry_run"] is True
    assert (answer.json["created"], answer.json["unchanged"]) == (["a"], ["n2"])
    assert answer.json["changed"][0]["changes"] == {"user": {"was": "root", "is": "ops"}}
    assert stored(redis) == before


def test_nodes_and_held_hosts_refuse_a_list_as_they_refuse_a_single_change(client, job, redis):
    before = stored(redis)
    moved = post(client, row("a"), {"name": "n1", "address": "10.0.0.9"}, replace=True)
    held = post(client, row("a"), {"name": "n1", "user": "ops"}, replace=True)

    assert (moved.status_code, moved.json["type"]) == (409, "/problems/host-in-use")
    assert (held.status_code, held.json["type"], held.json["job"]) == (
        *(409, "/problems/host-held"),
        job,
    )
    assert stored(redis) == before


BAD = {
    "address": ({"address": "10.0.0.999"}, "/address"),
    "no key": ({"host_key": None}, "/host_key"),
    "an address where no host may be": ({"address": "127.0.0.1"}, "/address"),
    "user": ({"user": "root; id"}, "/user"),
    "port": ({"port": 0}, "/port"),
    "label": ({"labels": {"a": 1}}, "/labels/a"),
    "unknown field": ({"adress": "10.0.0.1"}, "/adress"),
    "unknown jump host": ({"jump": "nobody"}, "/jump"),
    "itself as jump host": ({"jump": "bad"}, "/jump"),
    "jump host of another site": ({"jump": "n1", "site": "edge"}, "/jump"),
    "a name that is none": ({"name": "No Name"}, "/name"),
    "a name that was there": ({"name": "n3"}, "/name"),
    "a known host that differs": ({"name": "n2"}, ""),
}
GOOD = [row("good"), {"name": "n1"}, row("n3", address="10.0.0.3"), row("way", jump="good")]


@with_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(good=st.permutations(GOOD), place=st.integers(0, len(GOOD)), bad=st.sampled_from([*BAD]))
def test_of_a_list_with_one_bad_row_nothing_is_stored_and_the_row_is_told(
    client, redis, inventory, good, place, bad
):
    fields, pointer = BAD[bad]
    rows = [*good[:place], row("bad") | fields, *good[place:]]
    before = stored(redis)

    answer = post(client, *rows)

    assert answer.status_code in {409, 422}
    pointers = [error["pointer"] for error in answer.json["errors"]]
    if bad == "a name that was there":  # the second of them is told
        place = max(n for n, host in enumerate(rows) if host["name"] == "n3")
    assert pointers == [f"/hosts/{place}{pointer}"]
    assert stored(redis) == before


def test_a_jump_host_that_is_not_told_whole_is_the_only_fault(client, inventory):
    answer = post(client, row("a", jump="b"), {"name": "b", "address": "10.0.9.2"})

    assert [error["pointer"] for error in answer.json["errors"]] == ["/hosts/1/host_key"]


def test_a_new_host_without_address_and_key_is_told_both(client, inventory):
    answer = post(client, {"name": "a"}, {"name": "n1"})

    assert [error["pointer"] for error in answer.json["errors"]] == [
        "/hosts/0/address",
        "/hosts/0/host_key",
    ]


def test_circles_and_ways_that_are_too_long_are_told_at_their_rows(client, redis, inventory):
    circle = post(client, row("a", jump="b"), row("b", jump="a"), row("c"))
    long = post(client, *(row(f"h{n}", jump=f"h{n + 1}" if n < 4 else "") for n in range(5)))

    assert {error["pointer"] for error in circle.json["errors"]} == {
        "/hosts/0/jump",
        "/hosts/1/jump",
    }
    assert "in a circle" in circle.json["errors"][0]["detail"]
    assert "through 4 jump hosts" in long.json["errors"][0]["detail"]
    assert redis.hgetall("cw:jumps") == {}


def test_a_list_has_a_longest_length_that_is_told_before_its_rows_are_read(client, inventory):
    began = time.process_time()
    answer = post(client, *({} for _ in range(300_000)))
    spent = time.process_time() - began

    assert answer.json["errors"] == [
        {
            "pointer": "/hosts",
            "detail": "cannot take 300000 hosts: 1000 at most; send several lists",
        }
    ]
    assert spent < 2  # marshmallow needs tens of seconds for so many rows
    assert post(client, *({} for _ in range(400_000))).status_code == 413


def test_the_longest_list_is_read_in_little_time_and_stored_at_once(client, redis, inventory):
    rows = [row(f"h{n}", address=f"10.1.{n // 250}.{n % 250}", jump="way") for n in range(999)]
    body = {"hosts": [*rows, row("way")]}
    began = time.process_time()
    HostListRequestSchema().load(body)
    spent = time.process_time() - began

    answer = client.post("/v1/hosts", json=body)

    assert len(answer.json["created"]) == 1000
    assert spent < 0.5


def test_what_the_inventory_refuses_has_a_reason_for_each_host(inventory):
    rows = [
        HostValues("n1", {"address": "127.0.0.1"}),
        HostValues("x", {}),
        HostValues("n2", {"zone": "z"}),
    ]

    with pytest.raises(HostsRefused) as refused:
        inventory.put_hosts(rows)

    assert set(refused.value.reasons) == {"n1", "x"}
    assert inventory.host("n2").zone == ""


def test_a_host_that_is_taken_while_a_list_is_checked_is_looked_at_again(client, redis, inventory):
    """What was read is watched: a job that takes the host in between is not overlooked."""
    taken = []

    def refusal(known, host):
        if not taken:
            taken.append(client.post(CHANGES, json=change()).json["id"])

    with pytest.raises(HostsRefused, match=r"job .* is being carried out"):
        inventory.put_hosts([HostValues("n1", {"user": "ops"})], refusal=refusal)
    assert inventory.host("n1").user == "root"
