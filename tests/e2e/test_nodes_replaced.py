"""A node whose host is dead is replaced by a free host. Over HTTP, on lab hosts."""

import json

import pytest
from dead_hosts import die, look_until_led
from stack import poll

THREE = {"control_plane": ["n1", "n2", "n3"]}
WORKER = {"control_plane": ["n1"], "workers": ["n2"]}
KUBECTL = "/snap/bin/microk8s kubectl"


def succeeded(stack, answer):
    assert answer.status_code == 202, answer.text
    job = stack.finish(answer.json()["id"], seconds=500)
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    return job


def replace(stack, node, by):
    return stack.post("prod", {"node": node, "by": by}, kind="replace-node")


def refusals(answer):
    assert answer.status_code == 409, answer.text
    return [row["code"] for row in answer.json()["findings"] if row["severity"] == "refuse"]


def nodes(lab, asked):
    table = lab.exec(asked, f"{KUBECTL} get nodes --no-headers").stdout
    return {row.split()[0]: row.split()[1] for row in table.splitlines()}


def labelled(lab, asked, node):
    """Return the labels and taints of a node, as Kubernetes has them."""
    told = lab.exec(asked, f"{KUBECTL} get node {node} -o json").stdout
    row = json.loads(told)
    return row["metadata"]["labels"], row["spec"].get("taints", [])


def owners(stack):
    rows = stack.client.get("/v1/hosts").json()["hosts"]
    return {row["name"]: row["cluster"] for row in rows if row["cluster"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "dead", "seed"), [(THREE, "n3", "n1"), (THREE, "n1", "n2"), (WORKER, "n2", "n1")]
)
def test_a_free_host_takes_the_place_of_a_dead_node(stack, lab, given, dead, seed):
    succeeded(stack, stack.post("prod", given))
    marks = {"labels": {dead: {"disk": "ssd"}}, "taints": {dead: ["gpu=yes:NoSchedule"]}}
    succeeded(stack, stack.post("prod", marks, kind="label-nodes"))
    refused_alive = refusals(replace(stack, dead, "n4"))
    die(lab, dead, seen_by=seed)
    refused_itself = refusals(replace(stack, dead, dead))

    try:
        look_until_led(stack)
        job = succeeded(stack, replace(stack, dead, "n4"))
        labels, taints = labelled(lab, seed, "n4")
        listed = nodes(lab, seed)
    finally:
        lab.boot(dead)

    members = {name if name != dead else "n4" for name in given["control_plane"]}
    rest = members | ({"n4"} if dead in given.get("workers", ()) else set())
    assert refused_alive == ["node-alive"]
    assert "replacement-is-node" in refused_itself
    assert [step["name"] for step in job["steps"]][:5] == [
        *("observe", "preflight", "prepare_hosts", "install_microk8s", "remove_dead_node"),
    ]
    assert listed == dict.fromkeys(rest, "Ready")
    assert job["quorum"]["now"]["voters_alive"] == len(members)
    assert labels["disk"] == "ssd"
    assert [(row["key"], row["effect"]) for row in taints] == [("gpu", "NoSchedule")]
    poll(lambda: owners(stack) == dict.fromkeys(rest, "prod"), seconds=5, what=f"{dead} to be free")
    assert set(stack.client.get("/v1/clusters/prod").json()["nodes"]) == rest
    back = stack.post("prod", {"workers": [dead]}, kind="add-nodes")
    assert stack.finish(back.json()["id"], seconds=60)["error"]["findings"][0]["host"] == dead


@pytest.mark.slow
def test_a_new_machine_behind_the_name_and_address_of_a_dead_node_takes_two_changes(stack, lab):
    succeeded(stack, stack.post("prod", THREE))
    die(lab, "n3", seen_by="n1")
    look_until_led(stack)
    refused = refusals(replace(stack, "n3", "n3"))
    succeeded(stack, stack.post("prod", {"node": "n3", "force": True}, kind="remove-node"))
    lab.boot("n3")
    lab.exec("n3", "snap remove --purge microk8s; rm -rf /var/lib/clusterwright")  # as if new

    job = succeeded(stack, stack.post("prod", {"control_plane": ["n3"]}, kind="add-nodes"))

    assert refused == ["replacement-is-node"]
    assert job["quorum"]["now"]["voters_alive"] == 3
    assert nodes(lab, "n1") == dict.fromkeys(("n1", "n2", "n3"), "Ready")
