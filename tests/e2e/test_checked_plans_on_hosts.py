"""A plan whose hosts are asked over SSH, before anybody has asked for the change."""

import json

PLANS = "/v1/clusters/prod/plans"
CHANGE = {"kind": "create-cluster", "params": {"control_plane": ["n1"]}}
SEEN = "snap list 2>&1; ls /snap /var/lib/clusterwright /etc/sysctl.d 2>&1; cat /etc/hosts"


def codes(plan):
    return [row["code"] for row in plan["findings"]]


def test_a_check_finds_on_a_host_what_the_plan_alone_cannot_know_and_leaves_it_as_it_is(stack, lab):
    lab.add_condition("n1", "no-memory-cgroup")
    before = lab.exec("n1", SEEN).stdout

    bare = stack.client.post(PLANS, json=CHANGE).json()
    checked = stack.client.post(f"{PLANS}?check=true", json=CHANGE).json()

    assert (bare["checked"], bare["allowed"]) == (False, True)
    assert (checked["checked"], checked["allowed"]) == (True, False), json.dumps(checked["check"])
    assert "memory-cgroup-off" not in codes(bare)
    assert "memory-cgroup-off" in codes(checked)
    assert lab.exec("n1", SEEN).stdout == before
    assert stack.client.get("/v1/clusters/prod").status_code == 404
    assert stack.client.get("/v1/hosts/n1").json()["reserved_by"] == ""


def test_a_checked_plan_of_a_cluster_rests_on_a_look_at_it(stack, lab):
    formed = stack.finish(stack.post("prod", CHANGE["params"]).json()["id"])
    assert formed["status"] == "succeeded", json.dumps(formed["error"])
    seen = stack.client.get("/v1/clusters/prod").json()["observed_at"]
    before = lab.exec("n2", SEEN).stdout
    grown = {"kind": "add-nodes", "params": {"workers": ["n2"]}}

    plan = stack.client.post(f"{PLANS}?check=true", json=grown).json()

    assert (plan["checked"], plan["allowed"]) == (True, True), json.dumps(plan)
    assert plan["basis"]["observed"] > seen
    assert lab.exec("n2", SEEN).stdout == before
    assert list(stack.client.get("/v1/clusters/prod").json()["nodes"]) == ["n1"]
    changed = stack.client.post(
        "/v1/clusters/prod/changes", json=grown | {"plan_digest": plan["digest"]}
    )
    assert changed.status_code == 202, changed.text
    assert stack.finish(changed.json()["id"])["status"] == "succeeded"
