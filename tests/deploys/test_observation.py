"""The comparison of inventory, datastore and Kubernetes: every difference has its finding."""

import pytest

from deploy_scripts.observation import compare, describe

ADDRESSES = {"cp-1": "10.0.0.1", "cp-2": "10.0.0.2", "cp-3": "10.0.0.3", "w-1": "10.0.0.4"}
ROLES = {"cp-1": "control-plane", "cp-2": "control-plane", "cp-3": "control-plane", "w-1": "worker"}


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


def findings(seen, roles=ROLES):
    named = describe(seen, viewer="cp-1", addresses=ADDRESSES)
    return [(found.code, found.host) for found in compare(named, roles, ADDRESSES)]


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
        ({}, {"cp-2": node("cp-2", "10.0.0.2", ready=False)}, [("not-ready", "cp-2")]),
        ({}, {"w-1": node("w-1", "10.0.0.4", version="v1.31.7")}, [("version-differs", None)]),
        (
            {"cp-3": member("10.0.0.3", alive=False)},
            {"cp-3": node("cp-3", "10.0.0.3", ready=False)},
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
        "version differs",
        "powered off",
    ],
)
def test_each_difference_is_a_finding_that_names_the_host(members, nodes, expected):
    assert findings(view(members, nodes)) == expected


def test_a_known_host_that_should_be_no_node_is_a_ghost_all_the_same():
    without_worker = {host: role for host, role in ROLES.items() if host != "w-1"}

    assert findings(view(), without_worker) == [("ghost-node", None)]


def test_a_silent_api_is_said_once_and_not_as_missing_nodes():
    assert findings(view() | {"nodes": None}) == [("api-unavailable", None)]


def test_a_member_on_loopback_is_the_host_that_was_asked():
    alone = {"members": [member("127.0.0.1")], "nodes": None, "leader": "", "has_leader": True}

    named = describe(alone, viewer="cp-2", addresses=ADDRESSES)

    assert [row["host"] for row in named["members"]] == ["cp-2"]


def test_every_finding_says_what_to_do():
    broken = view(
        {"ghost": member("10.0.0.9"), "cp-2": None},
        {"w-1": None, "old": node("old", "10.0.0.8")},
    )
    named = describe(broken, viewer="cp-1", addresses=ADDRESSES)

    assert all(found.advice for found in compare(named, ROLES, ADDRESSES))
