"""Plans after a change was carried out over SSH: how long that took, and what it came to."""

import json

CHANGE = {"kind": "create-cluster", "params": {"control_plane": ["n1"]}}
GROWN = {"kind": "add-nodes", "params": {"workers": ["n2"]}}
PLANS = "/v1/clusters/prod/plans"


def test_a_plan_knows_how_long_the_steps_took_that_ran_and_what_the_change_comes_to(stack):
    first = stack.client.post(PLANS, json=CHANGE).json()
    formed = stack.finish(stack.post("prod", CHANGE["params"]).json()["id"])
    assert formed["status"] == "succeeded", json.dumps(formed["error"])

    plan = stack.client.post(f"{PLANS}?changes=true", json=GROWN).json()

    took = {step["name"]: step["durations"] for step in plan["steps"]}
    ran = next(step for step in formed["steps"] if step["name"] == "install_microk8s")
    assert took["install_microk8s"]["runs"] == 1
    assert took["install_microk8s"]["p50"] >= ran["seconds"] > 0
    assert took["join_workers"] is None
    assert 0 < plan["durations"]["without"] < len(plan["steps"])
    assert plan["before"] == first["after"]
    marks = {part["name"]: (part["mark"], part["seen"]) for part in plan["difference"]}
    assert marks["n1"] == ("stays", [])
    assert marks["n2"] == ("comes", [])
    install = next(step for step in plan["steps"] if step["name"] == "install_microk8s")
    assert list(install["changes"]) == ["n2"]
