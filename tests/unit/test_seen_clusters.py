"""What was seen of a cluster: what it answers, how it is kept, and what makes two of them equal."""

from dataclasses import replace
from typing import Any

import pytest

from cluster.findings import Finding, Severity
from cluster.observation import Observation, SeenMember, SeenNode
from cluster.quorum import DqliteRole

V, B, P = DqliteRole.VOTER, DqliteRole.STANDBY, DqliteRole.SPARE


def member(number: int, role: DqliteRole = V, *, alive: bool = True, leader: bool = False):
    address = f"10.0.0.{number}:19001"
    return SeenMember(f"cp-{number}", address, role, alive, leader, id=str(number))


def node(name: str, *, ready: bool = True, version: str = "v1.32.3"):
    return SeenNode(
        name,
        name,
        "10.0.0.1",
        "control-plane",
        "True",
        ready,
        heard_ago=3,
        version=version,
        labels={"zone": "a"},
        taints=("key=:NoSchedule",),
    )


SEEN = Observation(
    at=1764000000.5,
    seen_by=("cp-1", "cp-2"),
    has_leader=True,
    members=(member(1), member(2, leader=True), member(3, alive=False)),
    nodes=(node("cp-1"), node("cp-2", version="v1.31.7")),
    findings=(Finding("dead-member", Severity.REFUSE, "cp-3 is silent", "start it", host="cp-3"),),
)


def test_what_was_seen_is_the_same_after_it_was_kept():
    assert Observation.from_dict(SEEN.as_dict()) == SEEN


def test_members_vote_in_the_failure_domains_that_they_told_and_else_in_that_of_microk8s():
    seen = replace(SEEN, members=(replace(member(1), domain=7), member(2)))

    kept = Observation.from_dict(seen.as_dict())

    assert [row.domain for row in kept.listed] == [7, 1]
    del (older := seen.as_dict())["members"][0]["domain"]
    assert [row.domain for row in Observation.from_dict(older).listed] == [1, 1]


def test_nodes_that_could_not_be_told_are_not_kept_as_none_at_all():
    unknown = replace(SEEN, nodes=None, nodes_error="refused")

    kept = Observation.from_dict(unknown.as_dict())

    assert (kept.nodes, kept.nodes_error) == (None, "refused")
    assert replace(SEEN, nodes=()).digest != unknown.digest


@pytest.mark.parametrize(
    ("leadership", "led"),
    [
        ({"has_leader": True, "leader": ""}, True),
        ({"has_leader": False, "leader": "10.0.0.1:19001"}, False),
        ({"leader": "10.0.0.1:19001"}, True),
        ({"leader": ""}, False),
        ({}, True),
    ],
    ids=["said", "denied", "older, named", "older, nobody", "nothing is known of it"],
)
def test_an_observation_knows_whether_a_leader_told_it_also_an_older_one(
    leadership: dict[str, Any], led: bool
) -> None:
    rows = [{"host": "cp-0", "address": "10.0.0.1:19001", "role": "voter", "alive": True}]

    assert Observation.from_dict({"members": rows} | leadership).quorum.has_quorum is led


def test_an_older_observation_tells_its_leader_by_its_address():
    rows = [
        {"host": f"cp-{n}", "address": f"10.0.0.{n}:19001", "role": "voter", "alive": True}
        for n in (1, 2)
    ]

    seen = Observation.from_dict({"members": rows, "leader": "10.0.0.2:19001"})

    assert [row.host for row in seen.members if row.leader] == ["cp-2"]


def test_it_tells_who_leads_who_follows_and_who_is_dead():
    leader = SEEN.leader()

    assert leader is not None
    assert leader.host == "cp-2"
    assert [row.host for row in SEEN.followers()] == ["cp-1", "cp-3"]
    assert [row.host for row in SEEN.dead()] == ["cp-3"]
    assert SEEN.versions() == {"cp-1": "v1.32.3", "cp-2": "v1.31.7"}


@pytest.mark.parametrize(
    ("members", "seed"),
    [
        ((member(1), member(2, leader=True)), "cp-2"),
        ((member(1, P), member(2)), "cp-2"),
        ((member(1, alive=False, leader=True), member(2)), "cp-2"),
        ((member(1, alive=False),), None),
        ((replace(member(1), host=None),), None),
    ],
    ids=["the leader", "a voter first", "who answers", "nobody answers", "nobody knows the host"],
)
def test_others_work_through_the_leader_or_a_voter_that_answers(members, seed):
    assert replace(SEEN, members=members).seed() == seed


def test_without_a_leader_voters_that_answer_are_no_quorum():
    assert SEEN.quorum.has_quorum
    assert not replace(SEEN, has_leader=False).quorum.has_quorum


def test_a_member_of_no_known_host_is_called_by_its_address():
    stranger = replace(member(9), host=None)

    assert [row.host for row in replace(SEEN, members=(stranger,)).listed] == ["10.0.0.9:19001"]


@pytest.mark.parametrize(
    "other",
    [
        {"at": 0.0},
        {"seen_by": ("cp-3",)},
        {"findings": ()},
        {"members": (member(3, alive=False), member(2), member(1, leader=True))},
        {"nodes": (node("cp-2"), node("cp-1"))},
    ],
    ids=["time", "viewer", "text", "order and leader", "order and version"],
)
def test_two_looks_at_the_same_cluster_have_one_digest(other: dict[str, Any]):
    assert replace(SEEN, **other).digest == SEEN.digest


@pytest.mark.parametrize(
    "other",
    [
        {"members": SEEN.members[:2]},
        {"members": (member(1), member(2), member(3))},
        {"members": (member(1, B), member(2), member(3, alive=False))},
        {"nodes": (node("cp-1", ready=False), node("cp-2"))},
        {"nodes": SEEN.nodes[:1] if SEEN.nodes else ()},
        {"nodes": None},
        {"has_leader": False},
    ],
    ids=["who", "alive", "role", "ready", "which nodes", "no nodes told", "no leader"],
)
def test_what_plans_rest_on_makes_another_digest(other: dict[str, Any]):
    assert replace(SEEN, **other).digest != SEEN.digest
