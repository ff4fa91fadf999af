"""Planning ``backup``, ``verify-backup`` and ``restore``: through whom, and what is refused."""

import pytest
from kind_worlds import hosts
from marshmallow import ValidationError

from cluster.backups import missing
from cluster.observation import Observation, SeenMember
from cluster.quorum import DqliteRole
from cluster.spec import Cluster, Environment, Node, Role
from workflows.kinds import KINDS
from workflows.plan import Change, Lock, Scope
from workflows.planner import normalised, planned
from workflows.writes import after, as_found, from_dict

NAME = "20261128T020000Z-3f2a91c0"
CONTROL_PLANE = ("n1", "n2", "n3")


def cluster(control_plane=CONTROL_PLANE, leader="n1", dead=()):
    nodes = {host: Node(host, Role.CONTROL_PLANE, "1.32/stable") for host in control_plane}
    members = tuple(
        SeenMember(host, "", DqliteRole.VOTER, host not in dead, host == leader)
        for host in control_plane
    )
    seen = Observation(1_800_000_000.0, (), True, members, ())
    return Cluster("prod", Environment.PROD, nodes, observation=seen)


def plan(kind, there, **params):
    known = hosts(dict.fromkeys(there.nodes, "prod"))
    change = Change("prod", kind, normalised(KINDS[kind], params))
    return planned(KINDS[kind], change, Scope("prod", there, known, record=there))


@pytest.mark.parametrize(
    ("there", "source"),
    [
        (cluster(), "n2"),
        (cluster(leader="n2"), "n1"),
        (cluster(dead=("n2",)), "n3"),
        (cluster(dead=("n2", "n3")), "n1"),
        (cluster(("n1",)), "n1"),
    ],
)
def test_a_backup_is_taken_from_a_member_that_answers_and_does_not_lead(there, source):
    [taken] = [step for step in plan("backup", there).steps if step.name == "take_backup"]

    assert taken.hosts == (source,)


def test_old_backups_go_only_after_the_new_one_is_there():
    steps = [step.name for step in plan("backup", cluster(), keep=3).steps]

    assert steps[-2:] == ["take_backup", "thin_backups"]


def test_a_verification_looks_at_no_host():
    assert [step.name for step in plan("verify-backup", cluster()).steps] == ["check_backup"]


def test_copying_looks_at_no_host_and_waits_for_nobody():
    story = plan("copy-backups", cluster(), backup=NAME).steps

    assert [step.name for step in story] == ["check_copies", "copy_backups"]
    assert story[0].args["name"] == NAME
    assert all(NAME in step.title for step in story)
    assert KINDS["copy-backups"].lock is Lock.NONE


@pytest.mark.parametrize("name", ["../x", "x", "20261128T020000Z-", "20261128T020000Z-ab\n"])
def test_what_is_no_name_of_a_backup_is_refused(name):
    for kind in ("verify-backup", "restore", "copy-backups"):
        confirm = {"confirm": "prod"} if kind == "restore" else {}
        with pytest.raises(ValidationError, match="cannot be the name of a backup"):
            normalised(KINDS[kind], {**confirm, "backup": name})


def test_a_restore_into_several_nodes_is_refused_unless_that_is_accepted():
    several = plan("restore", cluster(), confirm="prod")
    one = plan("restore", cluster(("n1",)), confirm="prod")

    assert [row.code for row in several.refusals(frozenset())] == ["restore-merges"]
    assert several.refusals(frozenset({"restore-merges"})) == ()
    assert one.refusals(frozenset()) == ()
    names = [step.name for step in one.steps]
    assert names[-3:] == ["check_backup", "restore_backup", "verify_quorum"]


def test_addons_that_a_backup_brought_back_are_recorded_and_the_nodes_stay_as_they_are():
    there = cluster(("n1",))
    (restored,) = [step for step in plan("restore", there, confirm="prod").steps if step.writes]

    rows = as_found(
        [write.as_dict() for write in restored.writes],
        {"record": {"nodes": {}, "addons": ["rbac"]}},
    )

    found = after(there, map(from_dict, rows))
    assert (found.addons, found.nodes, found.formed) == (("rbac",), there.nodes, True)


def test_what_is_missing_after_a_restore_is_told_but_for_what_comes_and_goes():
    was = {"pods": 9, "secrets": 3, "minions": 1}

    assert missing(was, {"secrets": 2, "minions": 1}) == ("2 of 3 secrets",)
    assert missing(was, {"secrets": 3, "minions": 4}) == ()
