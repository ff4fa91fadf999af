"""What MicroK8s' files and commands mean: parsed by pure functions, from recorded shapes."""

import json

import pytest

from deploy_scripts.microk8s import ROLE_NAMES, parse_view

FIRST, SECOND = "10.0.0.1:19001", "10.0.0.2:19001"
BOOTSTRAP_ID = 3297041220608546238  # beyond 2**53: a float would change it
CLUSTER = json.dumps(
    [
        {"ID": BOOTSTRAP_ID, "Address": FIRST, "Role": 0},
        {"ID": 7, "Address": SECOND, "Role": 2},
    ],
    indent="\t",
)


def node(name="cp-1", address="10.0.0.1", *, ready="True", worker=False, **spec):
    kind = "worker" if worker else "controlplane"
    return {
        "metadata": {
            "name": name,
            "labels": {f"node.kubernetes.io/microk8s-{kind}": f"microk8s-{kind}"},
        },
        "spec": spec,
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": address},
                {"type": "Hostname", "address": name},
            ],
            "conditions": [
                {"type": "MemoryPressure", "status": "False"},
                {"type": "Ready", "status": ready},
            ],
            "nodeInfo": {"kubeletVersion": "v1.32.3"},
        },
    }


def view(*, cluster=CLUSTER, leader=FIRST, alive=(FIRST,), nodes=None):
    lines = ["@@cluster", *cluster.splitlines(), "@@leader", leader]
    lines += [f"@@alive {address}" for address in alive]
    answer = [] if nodes is None else json.dumps({"items": nodes}, indent=1).splitlines()
    return [*lines, "@@nodes", *answer]


def test_members_carry_their_role_liveness_and_leadership():
    seen = parse_view(view(alive=[FIRST]))

    assert seen["has_leader"]
    assert seen["leader"] == FIRST
    assert seen["members"] == [
        {
            "address": FIRST,
            "id": str(BOOTSTRAP_ID),
            "role": "voter",
            "alive": True,
            "leader": True,
        },
        {"address": SECOND, "id": "7", "role": "spare", "alive": False, "leader": False},
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"- Address: {FIRST}\n  ID: {BOOTSTRAP_ID}\n  Role: 0\n",
        f"- ID: {BOOTSTRAP_ID}\n  Role: 0\n  Address: {FIRST}\n",
        f"- Role: 0\n  Address: {FIRST}\n  ID: {BOOTSTRAP_ID}\n",
    ],
    ids=["address first", "id first", "role first"],
)
def test_without_a_leader_the_members_come_from_the_file_whatever_its_key_order(text):
    seen = parse_view(["@@no-leader", *text.splitlines(), "@@nodes"])

    assert not seen["has_leader"]
    assert seen["leader"] == ""
    assert seen["members"] == [
        {
            "address": FIRST,
            "id": str(BOOTSTRAP_ID),
            "role": "voter",
            "alive": False,
            "leader": False,
        }
    ]


def test_several_members_of_the_file_are_kept_apart():
    text = f"- Address: {FIRST}\n  ID: 1\n  Role: 0\n- Address: {SECOND}\n  ID: 2\n  Role: 1\n"

    members = parse_view(["@@no-leader", *text.splitlines()])["members"]

    assert [(row["address"], row["id"], row["role"]) for row in members] == [
        (FIRST, "1", "voter"),
        (SECOND, "2", "stand-by"),
    ]


def test_a_host_without_a_datastore_has_no_members_and_no_nodes():
    assert parse_view(["@@no-leader", "@@nodes"]) == {
        "has_leader": False,
        "leader": "",
        "members": [],
        "nodes": None,
    }


@pytest.mark.parametrize(
    "answer",
    [
        [],
        ["This MicroK8s deployment is acting as a node in a cluster."],
        ['{"items": null}'],
        ['{"items": [{"metada'],
    ],
    ids=["nothing", "a worker's text", "null", "cut off"],
)
def test_an_answer_that_is_no_list_of_nodes_is_no_answer(answer):
    assert parse_view(["@@cluster", *CLUSTER.splitlines(), "@@nodes", *answer])["nodes"] is None


def test_a_node_is_reduced_to_what_the_product_compares():
    taint = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}

    seen = parse_view(view(nodes=[node(unschedulable=True, taints=[taint])]))

    assert seen["nodes"] == [
        {
            "name": "cp-1",
            "address": "10.0.0.1",
            "role": "control-plane",
            "ready": True,
            "schedulable": False,
            "version": "v1.32.3",
            "labels": {"node.kubernetes.io/microk8s-controlplane": "microk8s-controlplane"},
            "taints": ["node-role.kubernetes.io/control-plane=:NoSchedule"],
        }
    ]


@pytest.mark.parametrize("condition", ["False", "Unknown"])
def test_a_node_is_ready_only_when_its_condition_says_true(condition):
    seen = parse_view(view(nodes=[node(ready=condition), node("w-1", "10.0.0.9", worker=True)]))

    assert [(row["role"], row["ready"]) for row in seen["nodes"]] == [
        ("control-plane", False),
        ("worker", True),
    ]


def test_every_role_number_of_dqlite_has_a_name():
    assert ROLE_NAMES == {0: "voter", 1: "stand-by", 2: "spare"}
