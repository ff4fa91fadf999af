"""The comparison of inventory, datastore and Kubernetes: every difference has its finding."""

import pytest

from cluster.compare import compare
from cluster.observation import Observation
from deploy_scripts import verify_quorum
from deploy_scripts.fleet.errors import NotYet
from deploy_scripts.microk8s import observing as observation
from deploy_scripts.microk8s.facts import ClusterView
from deploy_scripts.microk8s.observing import describe, observe
from deploy_scripts.protocol import Before

ADDRESSES = {"cp-1": "10.0.0.1", "cp-2": "10.0.0.2", "cp-3": "10.0.0.3", "w-1": "10.0.0.4"}
ROLES = {"cp-1": "control-plane", "cp-2": "control-plane", "cp-3": "control-plane", "w-1": "worker"}


DOWN = {"condition": "Unknown", "ready": False, "heard_ago": 90}


def member(address, *, role="voter", alive=True):
    return {
        "address": f"{address}:19001",
        "id": "1",
        "role": role,
        "alive": alive,
        "leader": False,
    }


def node(name, address, **changes):
    role = "worker" if name.startswith("w") else "control-plane"
    plain = {
        "name": name,
        "address": address,
        "role": role,
        "condition": "True",
        "heard_ago": 3,
        "ready": True,
        "schedulable": True,
        "version": "v1.32.3",
        "labels": {},
        "taints": [],
    }
    return plain | changes


def view(members=None, nodes=None):
    """Return a healthy view of four nodes, with some rows replaced."""
    healthy_members = {name: member(ADDRESSES[name]) for name in ("cp-1", "cp-2", "cp-3")}
    healthy_nodes = {name: node(name, address) for name, address in ADDRESSES.items()}
    rows = healthy_members | (members or {})
    listed = healthy_nodes | (nodes or {})
    return {
        "has_leader": True,
        "leader": "10.0.0.1:19001",
        "members": [row for row in rows.values() if row],
        "nodes": [row for row in listed.values() if row],
    }


def named(seen):
    """Return what cp-1 sees, with hosts named, as an observation."""
    return Observation.from_dict(describe(seen, viewer="cp-1", addresses=ADDRESSES))


def findings(seen, roles=ROLES):
    return [(found.code, found.host) for found in compare(named(seen), roles, ADDRESSES)]


def test_a_healthy_cluster_has_no_finding():
    assert findings(view()) == []


@pytest.mark.parametrize(
    ("members", "nodes", "expected"),
    [
        ({"ghost": member("10.0.0.9")}, {}, [("ghost-member", None)]),
        ({"cp-2": member("10.0.0.2", alive=False)}, {}, [("dead-member", "cp-2")]),
        ({"cp-2": None}, {}, [("missing-member", "cp-2")]),
        ({"w-1": member("10.0.0.4", role="spare")}, {}, [("wrong-role", "w-1")]),
        ({}, {"old": node("old", "10.0.0.9")}, [("ghost-node", None)]),
        ({}, {"w-1": None}, [("missing-node", "w-1")]),
        ({}, {"cp-3": node("cp-3", "192.168.9.3")}, [("wrong-address", "cp-3")]),
        ({}, {"w-1": node("w-1", "10.0.0.4", role="control-plane")}, [("wrong-role", "w-1")]),
        ({}, {"cp-2": node("cp-2", "10.0.0.2", **DOWN)}, [("not-ready", "cp-2")]),
        ({}, {"w-1": node("w-1", "10.0.0.4", ready=False)}, [("silent-node", "w-1")]),
        ({}, {"w-1": node("w-1", "10.0.0.4", version="v1.31.7")}, [("version-differs", None)]),
        (
            {"cp-3": member("10.0.0.3", alive=False)},
            {"cp-3": node("cp-3", "10.0.0.3", **DOWN)},
            [("dead-member", "cp-3"), ("not-ready", "cp-3")],
        ),
    ],
    ids=[
        "ghost member",
        "dead member",
        "missing member",
        "worker in the datastore",
        "ghost node",
        "missing node",
        "wrong address",
        "worker that became control plane",
        "not ready",
        "silent",
        "version differs",
        "powered off",
    ],
)
def test_each_difference_is_a_finding_that_names_the_host(members, nodes, expected):
    assert findings(view(members, nodes)) == expected


def test_a_known_host_that_should_be_no_node_is_a_ghost_all_the_same():
    without_worker = {host: role for host, role in ROLES.items() if host != "w-1"}

    assert findings(view(), without_worker) == [("ghost-node", None)]


def test_a_silent_api_is_said_once_with_its_words_and_not_as_missing_nodes():
    seen = view() | {"nodes": None, "nodes_error": "the connection was refused"}

    (found,) = compare(named(seen), ROLES, ADDRESSES)

    assert found.code == "api-unavailable"
    assert found.message == "the Kubernetes API does not answer: the connection was refused"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (130, "has not been heard of for 130 s"),
        (None, "has not been heard of ever"),
        (-300, "renews its lease 300 s ahead of the seed's clock"),
    ],
    ids=["too old", "never", "from the future"],
)
def test_a_node_that_is_called_ready_and_says_nothing_is_told_with_its_age(ago, words):
    silent = node("w-1", "10.0.0.4", ready=False, heard_ago=ago)

    (found,) = compare(named(view({}, {"w-1": silent})), ROLES, ADDRESSES)

    assert words in found.message
    assert "date +%s" in found.advice
    assert (found.measured, found.needed) == (ago, 45)


def leaderless(*members, **rest):
    """Return what a view says that only knows the members of a file."""
    return view() | {"has_leader": False, "leader": "", "members": list(members)} | rest


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([member("10.0.0.1")], [("no-leader", None)]),
        ([], [("no-leader", None)]),
        ([member("10.0.0.1"), member("10.0.0.9")], [("no-leader", None)]),
        (
            [member("10.0.0.1"), member("10.0.0.2", alive=False)],
            [("no-leader", None), ("dead-member", "cp-2")],
        ),
    ],
    ids=["an old file of one", "no file", "a ghost", "a silent one"],
)
def test_without_a_leader_that_is_said_and_nobody_is_missing_or_a_ghost(members, expected):
    assert findings(leaderless(*members)) == expected


def test_without_a_leader_nobody_is_advised_to_remove_anything():
    members = [member("10.0.0.1"), member("10.0.0.2", alive=False), member("10.0.0.9")]
    seen = named(leaderless(*members))

    advice = " ".join(found.advice for found in compare(seen, ROLES, ADDRESSES))

    assert "remove" not in advice
    assert "start MicroK8s on cp-2" in advice


class Views:
    """A fleet whose hosts answer a look with the views that they are given, or not at all."""

    names = tuple(ADDRESSES)

    def __init__(self, **views):
        self.views, self.asked, self.done = views, [], []

    def node_address(self, name):
        return ADDRESSES[name]

    def try_facts(self, fact, *, on, **_):
        if fact is not ClusterView:
            return {}, ()
        self.asked += on
        return {name: self.views[name] for name in on if name in self.views}, ()

    def mark_done(self, host, _detail):
        self.done.append(host)


def looked(**views):
    hosts = {name.replace("_", "-"): seen for name, seen in views.items()}
    return observe(Views(**hosts), control_plane=["cp-1", "cp-2", "cp-3"], workers=["w-1"])


def test_who_knows_a_leader_is_believed_before_who_knows_none():
    seen = looked(cp_1=leaderless(member("10.0.0.1")), cp_2=view())

    assert (seen.has_leader, seen.seen_by) == (True, ("cp-2", "cp-1"))
    assert [found.code for found in seen.findings] == ["views-differ"]
    assert "cp-1 knows none" in seen.findings[0].message


def test_two_that_are_cut_off_do_not_speak_for_the_third():
    alone = leaderless(member("10.0.0.1"))

    seen = looked(cp_1=alone, cp_2=alone, cp_3=view())

    assert seen.has_leader
    assert seen.seen_by[0] == "cp-3"


def test_an_observation_keeps_that_nobody_leads():
    alone = leaderless(member("10.0.0.1"), nodes=None, nodes_error="refused")

    seen = looked(cp_1=alone, cp_2=alone, cp_3=alone)

    assert (seen.has_leader, seen.nodes_error) == (False, "refused")
    assert [found.code for found in seen.findings] == ["no-leader", "api-unavailable"]


def verify(voters=1, **views):
    hosts = {name.replace("_", "-"): seen for name, seen in views.items()}
    fleet = Views(**hosts)
    given = {"control_plane": ["cp-1", "cp-2", "cp-3"], "workers": ["w-1"]}
    verify_quorum.apply(fleet, before=Before({}, dict), **given, voters=voters, look_seconds=0)
    return fleet.done


def test_a_healthy_cluster_is_verified():
    assert verify(voters=3, cp_1=view(), cp_2=view()) == ["cp-1", "cp-2", "cp-3", "w-1"]


def test_a_voter_that_answers_without_a_leader_verifies_nothing(monkeypatch):
    monkeypatch.setattr(observation, "compare", lambda *_: iter(()))
    alone = leaderless(member("10.0.0.1"))

    with pytest.raises(NotYet) as caught:
        verify(cp_1=alone, cp_2=alone, cp_3=alone)

    assert caught.value.otherwise == "cannot verify the cluster"


def test_a_cluster_without_a_leader_is_not_verified_and_the_advice_can_be_followed():
    alone = leaderless(member("10.0.0.1"))

    with pytest.raises(NotYet, match="the datastore has no leader") as caught:
        verify(cp_1=alone, cp_2=alone, cp_3=alone)

    assert "voters are alive" not in str(caught.value)
    assert caught.value.advice.startswith("start MicroK8s on")


def test_a_silent_node_is_not_verified():
    silent = view({}, {"w-1": node("w-1", "10.0.0.4", ready=False, heard_ago=130)})

    with pytest.raises(NotYet, match="w-1 is called Ready"):
        verify(voters=3, cp_1=silent, cp_2=silent)


def test_a_member_on_loopback_is_the_host_that_was_asked():
    alone = {"members": [member("127.0.0.1")], "nodes": None, "leader": "", "has_leader": True}

    seen = describe(alone, viewer="cp-2", addresses=ADDRESSES)

    assert [row["host"] for row in seen["members"]] == ["cp-2"]


def test_every_finding_says_what_to_do():
    broken = view(
        {"ghost": member("10.0.0.9"), "cp-2": None},
        {"w-1": None, "old": node("old", "10.0.0.8")},
    )

    assert all(found.advice for found in compare(named(broken), ROLES, ADDRESSES))


def test_a_view_without_a_leader_verifies_nothing_however_few_voters_are_asked_for():
    alone = leaderless(member("10.0.0.1"))

    with pytest.raises(NotYet, match="no leader"):
        verify(voters=0, cp_1=alone, cp_2=alone, cp_3=alone)
