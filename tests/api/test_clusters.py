"""Clusters and their quorum over HTTP."""

import time

import pytest
from api_requests import stored


def member(host, role="voter", alive=True):
    return {"host": host, "address": f"{host}:19001", "role": role, "alive": alive}


@pytest.fixture
def observe(steps):
    """Have the cluster observed with these members."""
    steps.begin()

    def act(*members, **fields):
        steps.observe({"members": list(members), "nodes": []} | fields)

    return act


def ask(client, *what_if):
    return client.get("/v1/clusters/prod/quorum", query_string={"what_if": list(what_if)})


THREE = (member("n1"), member("n2"), member("n3"))


def test_a_cluster_that_is_being_formed_is_shown(client, job):
    listed = client.get("/v1/clusters")
    shown = client.get("/v1/clusters/prod")

    assert listed.json == {"clusters": [shown.json]}
    assert {"name": "prod", "formed": False, "quorum": None, "control_plane": ["n1"]}.items() <= (
        shown.json.items()
    )
    assert shown.json["links"]["jobs"] == "/v1/jobs?cluster=prod"


def test_an_observed_cluster_tells_its_quorum(client, observe):
    observe(member("n1"), member("n2"), member("n3", alive=False))

    quorum = client.get("/v1/clusters/prod").json["quorum"]

    assert (quorum["voters"], quorum["voters_alive"], quorum["ha"]) == (3, 2, False)
    assert (quorum["tolerance"], quorum["quorum"]) == (0, True)


def test_an_unchanged_cluster_costs_no_body(client, job, observe):
    first = client.get("/v1/clusters/prod")
    tag = {"If-None-Match": first.headers["ETag"]}

    same = client.get("/v1/clusters/prod", headers=tag)
    observe(*THREE)
    other = client.get("/v1/clusters/prod", headers=tag)

    assert (same.status_code, other.status_code) == (304, 200)


def test_what_would_become_of_the_quorum_is_told_without_a_change(client, redis, observe):
    observe(*THREE)
    before = stored(redis)

    answer = ask(client, "remove:n3")

    tried = answer.json["what_if"][0]
    assert answer.json["now"]["tolerance"] == 1
    assert answer.json["explain"].startswith("3 control plane nodes: 3 voters")
    assert (tried["operation"], tried["host"], tried["allowed"]) == ("remove", "n3", True)
    assert (tried["after"]["members"], tried["after"]["tolerance"]) == (2, 0)
    assert "worse than one node" in tried["explain"]
    assert stored(redis) == before


def test_operations_are_tried_one_after_the_other(client, observe):
    observe(*THREE)

    first, second = ask(client, "stop:n1", "stop:n2").json["what_if"]

    assert first["allowed"] is True
    assert second["allowed"] is False
    assert "n1 is listed as a member but does not answer" in second["reason"]
    assert second["after"]["quorum"] is False


def test_a_dead_node_may_be_removed_and_nothing_else(client, observe):
    observe(member("n1"), member("n2"), member("n3", alive=False))

    answers = {
        what: ask(client, what).json["what_if"][0] for what in ("remove-dead:n3", "remove:n2")
    }

    assert {what: answer["allowed"] for what, answer in answers.items()} == {
        "remove-dead:n3": True,
        "remove:n2": False,
    }
    assert answers["remove:n2"]["advice"] == "start n3 again or remove it first, then retry"


@pytest.mark.parametrize("listed", [THREE[:1], THREE], ids=["an old file of one", "all answer"])
def test_without_a_leader_there_is_no_quorum_whoever_answers(client, observe, listed):
    observe(*listed, has_leader=False, leader="")

    quorum = client.get("/v1/clusters/prod").json["quorum"]
    answer = ask(client, "stop:n1").json

    lost = {"has_leader": False, "quorum": False, "ha": False, "tolerance": -1}
    assert lost.items() <= quorum.items()
    assert answer["now"] == quorum
    assert answer["settled"] is False
    assert answer["what_if"][0]["allowed"] is False
    assert "the datastore has no leader" in answer["what_if"][0]["reason"]
    assert answer["what_if"][0]["after"]["quorum"] is False


@pytest.mark.parametrize("what", ["n1", "explode:n1", "stop:", "stop:N1", "stop:n1;id"])
def test_a_what_if_that_is_none_is_told(client, observe, what):
    observe(*THREE)

    answer = ask(client, what)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/what_if/0"


def test_the_quorum_of_a_cluster_that_nobody_has_seen_is_that_of_its_record(client, job):
    answer = ask(client, "add:n2", "add:n3").json

    assert (answer["basis"], answer["observed_at"], answer["health"]) == ("record", None, "unknown")
    assert answer["members"] == [
        {"host": "n1", "role": "voter", "alive": True, "leader": True, "domain": 1}
    ]
    assert (
        answer["summary"] == "1 of 1 voters alive, 1 needed: the loss of one more stops the cluster"
    )
    assert [row["after"]["voters"] for row in answer["what_if"]] == [1, 3]


def test_operations_stand_behind_commas_in_their_order(client, observe):
    observe(*THREE)

    answer = ask(client, "add:n5, stop:n1", "remove:n2").json

    assert answer["basis"] == "observation"
    assert answer["summary"] == "3 of 3 voters alive, 2 needed: 1 may be lost at once"
    told = [(row["operation"], row["host"], row["rule"]) for row in answer["what_if"]]
    assert told == [("add", "n5", None), ("stop", "n1", None), ("remove", "n2", "others-down")]
    stopped = answer["what_if"][1]
    assert (stopped["during"]["voters_alive"], stopped["during"]["tolerance"]) == (2, 0)
    assert (stopped["after"]["voters_alive"], stopped["after"]["tolerance"]) == (3, 1)
    assert "(3 of 3 voters alive, 2 needed)" in answer["what_if"][2]["reason"]


@pytest.mark.parametrize(
    ("what", "place", "why"),
    [
        ("stop:n1,", 1, "begin with one of add, remove, remove-dead, stop"),
        ("stop:n1,explode:n2", 1, "cannot try 'explode:n2': begin with one of add, remove,"),
        ("remove:n9", 0, "cannot try remove:n9: n9 is no control plane node of cluster prod"),
        ("add:n1", 0, "cannot try add:n1: n1 is a control plane node already"),
        ("add:n9,add:n9", 1, "cannot try add:n9: n9 is a control plane node already"),
        ("add:n5,stop:n5,stop:n6", 2, "name one of n1, n2, n3, n5 (operations are add, remove,"),
    ],
)
def test_an_item_that_cannot_be_tried_is_named_with_what_can(client, observe, what, place, why):
    observe(*THREE)

    answer = ask(client, what)

    assert answer.status_code == 422
    [error] = answer.json["errors"]
    assert error["pointer"] == f"/what_if/{place}"
    assert why in error["detail"]


def test_twenty_operations_are_tried_at_most(client, observe):
    observe(*THREE)

    assert ask(client, ",".join(["stop:n1"] * 20)).status_code == 200
    assert ask(client, ",".join(["stop:n1"] * 21)).status_code == 422


@pytest.mark.parametrize("path", ["", "/quorum"])
def test_a_cluster_that_is_not_there_is_not_found(client, path):
    answer = client.get(f"/v1/clusters/nowhere{path}")

    assert (answer.status_code, answer.json["type"]) == (404, "/problems/cluster-not-found")


@pytest.mark.parametrize(
    ("ago", "health", "stale"), [(540, "good", False), (1200, "unknown", True)]
)
def test_a_cluster_tells_its_health_and_how_old_that_is(client, observe, redis, ago, health, stale):
    observe(*THREE)
    redis.hset("cw:cluster:prod", "observed_at", int((time.time() - ago) * 1000))

    shown = client.get("/v1/clusters/prod").json
    quorum = client.get("/v1/clusters/prod/quorum").json
    drawing = client.get("/v1/clusters/prod/topology.txt").text

    for document in (shown, quorum):
        assert (document["health"], document["stale"]) == (health, stale)
        assert ago <= document["age_seconds"] < ago + 60
    assert f"was healthy {ago // 60} min ago" in drawing


def test_a_cluster_that_only_grew_older_is_unchanged(client, observe):
    observe(*THREE)
    for path in ("/v1/clusters/prod", "/v1/clusters"):
        tag = {"If-None-Match": client.get(path).headers["ETag"]}
        assert client.get(path, headers=tag).status_code == 304
