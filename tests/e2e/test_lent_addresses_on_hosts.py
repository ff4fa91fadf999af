"""Addresses that MetalLB is to give away, asked for on the network before anything changes."""

import json

ADDRESSES = "10.79.0.200-10.79.0.203"
POOLS = (
    "/snap/bin/microk8s kubectl -n metallb-system get ipaddresspools.metallb.io "
    "-o jsonpath='{.items[*].spec.addresses[*]}'"
)


def test_an_address_in_use_is_found_by_a_checked_plan_and_ends_a_job_before_it_changes_anything(
    stack, lab
):
    params = {"control_plane": ["n1"], "addons": [f"metallb:{ADDRESSES}"]}
    formed = stack.finish(stack.post("prod", params).json()["id"])
    assert formed["status"] == "succeeded", json.dumps(formed["error"])
    wanted = {"enable": ["metallb:10.79.0.200-10.79.0.209"], "disable": ["helm"]}
    change = {"kind": "set-addons", "params": wanted}
    lab.exec("n2", "ip address add 10.79.0.207/24 dev eth0")

    try:
        plan = stack.client.post("/v1/clusters/prod/plans?check=true", json=change).json()
        job = stack.finish(stack.post("prod", wanted, kind="set-addons").json()["id"])
        pools = lab.exec("n1", POOLS).stdout
    finally:
        lab.exec("n2", "ip address delete 10.79.0.207/24 dev eth0")
    retried = stack.client.post(f"/v1/jobs/{job['id']}/retry")

    assert (plan["checked"], plan["allowed"]) == (True, False)
    assert "metallb-address-in-use" in [row["code"] for row in plan["findings"]]
    assert job["status"] == "failed"
    assert "1 of 6 addresses for metallb is in use" in job["error"]["message"]
    assert pools == ADDRESSES
    assert retried.status_code == 202, retried.text
    assert stack.finish(job["id"])["status"] == "succeeded"
    assert lab.exec("n1", POOLS).stdout == "10.79.0.200-10.79.0.209"
    assert stack.client.get("/v1/clusters/prod").json()["addons"] == wanted["enable"]
