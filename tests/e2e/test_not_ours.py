"""What a job did not put on its hosts, it never takes away: over HTTP, on the whole product."""

import pytest
from stack import poll

HA = {"control_plane": ["n1", "n2", "n3"], "workers": ["n4"]}


def nodes(lab):
    listing = lab.exec("n1", "/snap/bin/microk8s kubectl get nodes --no-headers").stdout
    return {line.split()[0] for line in listing.splitlines()}


def verb(stack, job_id, what):
    answer = stack.client.post(f"/v1/jobs/{job_id}/{what}")
    assert answer.status_code == 202, answer.text
    return stack.finish(job_id)


@pytest.mark.parametrize("cluster", [pytest.param("prod", marks=pytest.mark.slow), "other"])
def test_after_the_ledger_was_lost_the_same_change_neither_joins_nor_removes_anything(
    stack, lab, cluster
):
    formed = stack.finish(stack.post("prod", HA).json()["id"])
    assert formed["status"] == "succeeded"
    stack.forget()
    stack.register(lab)

    job = stack.finish(stack.post(cluster, HA, on_failure="rollback").json()["id"])

    assert job["status"] == "rolled-back"
    first, *others = (step["attempt"] for step in job["steps"])
    # Tried and undone; a host that did not answer in time is tried once more.
    assert first >= 2
    assert not any(others)
    assert nodes(lab) == {"n1", "n2", "n3", "n4"}
    hosts = stack.client.get("/v1/hosts").json()["hosts"]
    assert not any(row["cluster"] for row in hosts)


def test_a_microk8s_of_somebody_is_refused_before_any_host_is_changed(stack, lab):
    lab.exec("n2", "snap install microk8s --classic --channel=1.32/stable")

    job = stack.finish(stack.post("prod", HA).json()["id"])
    back = verb(stack, job["id"], "rollback")

    assert (job["status"], back["status"]) == ("failed", "rolled-back")
    assert "Clusterwright did not install" in job["error"]["message"]
    assert "microk8s-not-ours" in job["next_action"]
    assert lab.exec("n2", "snap list microk8s").returncode == 0
    assert lab.exec("n1", "ls /var/lib/clusterwright").returncode != 0


def test_a_cancelled_installation_does_not_come_back_after_its_rollback(stack, lab):
    lab.add_fault("n1", {"match": "snap install", "action": "slow", "seconds": 6, "times": 1})
    job_id = stack.post("prod", {"control_plane": ["n1"]}).json()["id"]
    poll(
        lambda: "Doing" in lab.exec("n1", "snap changes").stdout,
        seconds=30,
        what="the installation to begin",
    )
    cancelled = verb(stack, job_id, "cancel")

    back = verb(stack, job_id, "rollback")

    assert (cancelled["status"], back["status"]) == ("cancelled", "rolled-back")
    assert "Doing" not in lab.exec("n1", "snap changes").stdout
    assert lab.exec("n1", "snap list microk8s").returncode != 0
    assert lab.exec("n1", "ls /var/lib/clusterwright").returncode != 0
