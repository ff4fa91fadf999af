"""A cluster that nobody has recorded is adopted as it is, and changed afterwards. Over HTTP."""

import json

import pytest

KUBECTL = "/snap/bin/microk8s kubectl"
MARK = "/var/lib/clusterwright/installed-microk8s"
STATE = f"""
snap list; snap services microk8s; snap changes | wc -l
find /var/lib/clusterwright /etc/sysctl.d /etc/modules-load.d ! -path {MARK} -type f \\
  -exec sha256sum {{}} + | sort
cat /etc/hosts /var/snap/microk8s/current/args/kubelet
"""
BY_HAND = f"""
{KUBECTL} label node n1 rack=r7
{KUBECTL} taint node n1 team=a:PreferNoSchedule
/snap/bin/microk8s enable metrics-server
"""


def asked(stack, kind, params, **more):
    answer = stack.post("prod", params, kind=kind, **more)
    assert answer.status_code == 202, answer.text
    return stack.finish(answer.json()["id"], seconds=500)


def done(stack, kind, **params):
    job = asked(stack, kind, params)
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    return job


def prod(stack):
    return stack.client.get("/v1/clusters/prod").json()


def states(lab, *hosts):
    return {host: lab.exec(host, STATE).stdout for host in hosts}


def test_a_second_installation_adopts_a_cluster_with_what_was_set_by_hand(stack, lab):
    done(stack, "create-cluster", control_plane=["n1"], workers=["n2"])
    lab.exec("n1", BY_HAND)
    stack.forget()
    stack.register(lab)
    before = states(lab, "n1", "n2")
    marks = {host: lab.exec(host, f"cat {MARK}").stdout for host in before}

    half = asked(stack, "adopt-cluster", {"hosts": ["n1"]}, accept=["marked-by-another"])
    whole = {"hosts": ["n1", "n2"], "environment": "staging"}
    stack.client.post(f"/v1/jobs/{half['id']}/rollback")
    rolled = stack.finish(half["id"])
    refused = asked(stack, "adopt-cluster", whole)
    accepted = {"accept": ["marked-by-another"]}
    answer = stack.client.post(f"/v1/jobs/{refused['id']}/retry", json=accepted)
    assert answer.status_code == 202, answer.text
    job = stack.finish(refused["id"])

    assert half["status"] == "failed"
    assert "unknown-member" in json.dumps(half["error"])
    assert rolled["status"] == "rolled-back"
    assert {row["code"] for row in refused["error"]["findings"]} == {"marked-by-another"}
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    there = prod(stack)
    assert (there["environment"], there["phase"], there["health"]) == ("staging", "formed", "good")
    assert there["observation"]["findings"] == []
    assert there["nodes"]["n1"] == {
        **there["nodes"]["n1"],
        "role": "control-plane",
        "channel": "1.32/stable",
        "labels": {"rack": "r7"},
        "taints": ["team=a:PreferNoSchedule"],
    }
    assert there["nodes"]["n2"]["role"] == "worker"
    assert there["addons"] == ["metrics-server"]
    assert states(lab, "n1", "n2") == before
    assert {host: lab.exec(host, f"cat {MARK}").stdout == marks[host] for host in marks} == {
        "n1": False,
        "n2": False,
    }


def test_a_microk8s_that_somebody_installed_is_adopted_without_a_change_but_the_mark(stack, lab):
    lab.exec("n1", "snap install microk8s --classic --channel=1.31/stable")
    lab.exec("n1", "/snap/bin/microk8s status --wait-ready")
    before = states(lab, "n1")

    job = done(stack, "adopt-cluster", hosts=["n1"])

    there = prod(stack)
    assert there["nodes"]["n1"]["channel"] == "1.31/stable"
    assert there["observation"]["findings"] == []
    assert "refreshes-not-held" in json.dumps(job["steps"])
    assert states(lab, "n1") == before
    assert f"job={job['id']}" in lab.exec("n1", f"cat {MARK}").stdout


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_adopted_cluster_is_changed_like_any_other(stack, lab):
    done(stack, "create-cluster", control_plane=["n1", "n2", "n3"], workers=["n4"])
    stack.forget()
    stack.register(lab)
    hosts = {"hosts": ["n1", "n2", "n3", "n4"]}
    job = asked(stack, "adopt-cluster", hosts, accept=["marked-by-another"])
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)

    done(stack, "label-nodes", labels={"n4": {"rack": "r7"}})
    done(stack, "remove-node", node="n4")
    done(stack, "upgrade", channel="1.33/stable")
    done(stack, "verify")

    there = prod(stack)
    assert (list(there["nodes"]), there["health"]) == (["n1", "n2", "n3"], "good")
    assert {row["channel"] for row in there["nodes"].values()} == {"1.33/stable"}
    assert lab.exec("n4", "snap list microk8s").returncode != 0
