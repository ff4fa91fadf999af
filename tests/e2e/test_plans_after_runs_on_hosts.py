"""Plans and jobs after a change was carried out over SSH: how long it took, and what is left."""

import json
import time

from stack import JOB_SECONDS

CHANGE = {"kind": "create-cluster", "params": {"control_plane": ["n1"]}}
GROWN = {"kind": "add-nodes", "params": {"workers": ["n2"]}}
HOUR = 3600
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

    told = estimates(stack, stack.post("prod", GROWN["params"], kind="add-nodes").json()["id"])
    assert told
    for estimate in told:
        began, *_ = (end["since"] for end in estimate["ends"])
        assert abs(began - time.time()) < HOUR
        assert estimate["runs"] >= 1


def estimates(stack, job):
    """Follow a job to its end; return each estimate that it told on the way."""
    told, seq, deadline = [], 0, time.monotonic() + JOB_SECONDS
    while time.monotonic() < deadline:
        answer = stack.client.get(f"/v1/jobs/{job}", params={"wait": 10, "after": seq})
        if answer.status_code == 304:
            continue
        found = answer.json()
        seq = found["seq"]
        if found["finished_for_now"]:
            assert (found["status"], found["estimate"]) == ("succeeded", None)
            return told
        if found["estimate"] and found["estimate"] not in told:
            told.append(found["estimate"])
    raise AssertionError(f"job {job} is not at its end after {JOB_SECONDS} s")
