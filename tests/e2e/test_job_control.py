"""Cancel, rollback, retry and the queue of a cluster, over HTTP, on real hosts."""

import json

import pytest
from stack import poll

HA = {"control_plane": ["n1", "n2", "n3"]}


def commands(lab, host, *words):
    file = lab.log_directory(host) / "commands.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [row for row in rows if tuple(row["words"][: len(words)]) == words]


def step(stack, job_id, name):
    return next(step for step in stack.job(job_id)["steps"] if step["name"] == name)


def test_a_cancel_stops_an_interruptible_step_and_a_rollback_frees_the_hosts(stack, lab):
    lab.add_fault("n1", {"match": "snap install", "action": "slow", "seconds": 30, "times": 1})
    job_id = stack.post("prod", {"control_plane": ["n1"]}).json()["id"]
    poll(
        lambda: step(stack, job_id, "install_microk8s")["status"] == "running",
        seconds=30,
        what="the installation to begin",
    )

    cancelled = stack.client.post(f"/v1/jobs/{job_id}/cancel")
    stopped = stack.finish(job_id, seconds=20)
    lab.clear_fault("n1")
    rolled = stack.client.post(f"/v1/jobs/{job_id}/rollback")
    end = stack.finish(job_id)

    assert (cancelled.status_code, stopped["status"]) == (202, "cancelled")
    assert (rolled.status_code, end["status"]) == (202, "rolled-back")
    assert stack.client.get("/v1/hosts/n1").json()["cluster"] in {"", None}
    assert stack.client.get("/v1/clusters/prod").status_code == 404


@pytest.mark.slow
def test_a_cancel_in_a_join_says_what_it_waits_for_and_leaves_nothing_retrying(stack, lab):
    lab.add_fault("n2", {"match": "microk8s join", "action": "slow", "seconds": 8, "times": 1})
    job_id = stack.post("prod", HA).json()["id"]
    poll(
        lambda: (
            step(stack, job_id, "join_control_plane")["hosts"]["n2"].get("operation")
            == "Join the cluster"
        ),
        seconds=60,
        what="the join of n2 to begin",
    )

    waiting = stack.client.post(f"/v1/jobs/{job_id}/cancel").json()
    stopped = stack.finish(job_id, seconds=60)

    assert waiting["next_action"].startswith("it stops when step 4, 'Join n2 as control plane node")
    assert waiting["steps"][3]["hosts"]["n2"]["limit"] >= 420
    assert waiting["steps"][3]["ends_by"] > waiting["steps"][3]["running_since"] + 420
    assert stopped["status"] == "cancelled"
    statuses = [row["status"] for row in stopped["steps"]]
    assert (set(statuses[:4]), set(statuses[4:])) == ({"done"}, {"pending"})


def test_a_retry_touches_only_the_host_that_failed(stack, lab):
    lab.add_fault("n2", {"match": "snap install", "action": "fail-before", "times": 1})

    job = stack.finish(stack.post("prod", HA).json()["id"])

    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    tried = {host: len(commands(lab, host, "snap", "install")) for host in HA["control_plane"]}
    assert tried == {"n1": 1, "n2": 2, "n3": 1}
    assert step(stack, job["id"], "install_microk8s")["attempt"] == 2


@pytest.mark.slow
def test_a_retry_plans_what_has_not_begun_on_what_it_sees(stack, lab):
    stack.finish(stack.post("prod", {"control_plane": ["n1"]}).json()["id"])
    lab.add_fault("n2", {"match": "microk8s join", "action": "fail-before"})
    job_id = stack.post("prod", {"workers": ["n2"]}, kind="add-nodes").json()["id"]
    failed = stack.finish(job_id, seconds=500)
    assert failed["error"]["step"] == "join_workers", json.dumps(failed["error"], indent=1)
    lab.clear_fault("n2")
    stack.change_host("n2", labels={"disk": "ssd"})

    stack.client.post(f"/v1/jobs/{job_id}/retry").raise_for_status()
    job = stack.finish(job_id)

    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    assert [row["name"] for row in job["steps"]][4:] == [
        *("join_workers", "label_nodes", "verify_quorum"),
    ]
    labelled = lab.exec("n1", "/snap/bin/microk8s kubectl get nodes -l disk=ssd --no-headers")
    assert labelled.stdout.startswith("n2 ")
    assert len(commands(lab, "n2", "snap", "install")) == 1


def test_a_join_that_only_says_it_succeeded_is_cleaned_up_and_tried_again(stack, lab):
    lab.add_fault("n2", {"match": "microk8s join", "action": "kill-after-member-add", "times": 1})

    job = stack.finish(stack.post("prod", HA).json()["id"], seconds=500)

    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    assert job["quorum"]["now"]["voters_alive"] == 3
    assert job["steps"][3]["attempt"] == 2


@pytest.mark.slow
def test_a_worker_that_does_not_become_ready_is_waited_for_until_a_cancel_and_joins_afresh(
    stack, lab
):
    lab.add_fault("n2", {"match": "microk8s join", "action": "false-success", "times": 1})
    job_id = stack.post("dev", {"control_plane": ["n1"], "workers": ["n2"]}).json()["id"]
    poll(lambda: stack.job(job_id)["status"] == "waiting", seconds=60, what="the join to wait")
    first = step(stack, job_id, "join_workers")["due"]
    poll(
        lambda: (step(stack, job_id, "join_workers")["due"] or 0) > first,
        seconds=40,
        what="a look after the first",
    )
    joins = len(commands(lab, "n2", "microk8s", "join"))
    waiting = stack.job(job_id)

    stopped = stack.client.post(f"/v1/jobs/{job_id}/cancel").json()
    stack.client.post(f"/v1/jobs/{job_id}/retry")
    end = stack.finish(job_id, seconds=90)

    assert (waiting["status"], joins) == ("waiting", 1)
    assert waiting["waits"]["what"] == "n2 not Ready"
    assert stopped["status"] == "cancelled"
    assert (end["status"], len(commands(lab, "n2", "microk8s", "join"))) == ("succeeded", 2)


def test_a_failed_step_says_host_last_lines_and_what_to_do(stack, lab):
    lab.exec("n1", "snap install microk8s --classic --channel=1.31/stable")

    job = stack.finish(stack.post("prod", {"control_plane": ["n1"]}).json()["id"])

    assert job["status"] == "failed"
    assert "1.31/stable" in json.dumps(job["error"])
    assert job["next_action"].startswith("mend the cause")


def test_a_snap_store_that_does_not_serve_is_waited_for_in_minutes_until_a_cancel(stack, lab):
    text = 'error: cannot install "microk8s": got unexpected HTTP status code 502 via POST'
    lab.add_fault("n1", {"match": "snap install", "action": "fail-before", "text": text})
    job_id = stack.post("prod", {"control_plane": ["n1"]}).json()["id"]
    waiting = poll(
        lambda: (row := step(stack, job_id, "install_microk8s"))["status"] == "retrying" and row,
        seconds=30,
        what="the step to wait for its next attempt",
    )

    stack.client.post(f"/v1/jobs/{job_id}/cancel")
    stopped = stack.finish(job_id, seconds=10)

    assert waiting["error"]["retry_in"] >= 30
    [failure] = waiting["error"]["failures"]
    assert failure["command"] == "snap install microk8s --classic --channel=1.32/stable"
    assert failure["operation"] == "Install MicroK8s 1.32/stable"
    assert (failure["code"], failure["exit_code"]) == ("snap-store", 1)
    assert "serves again within minutes" in failure["advice"]
    assert not any(line.startswith("command: ") for line in failure["lines"])
    assert stopped["status"] == "cancelled"
