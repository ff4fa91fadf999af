"""Jobs that name one cluster or one host: none acts on a state that it did not see. Over HTTP."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from stack import poll

ONE = {"control_plane": ["n1"]}
KUBECTL = "/snap/bin/microk8s kubectl"


def ask(stack, job_id, verb):
    return stack.client.post(f"/v1/jobs/{job_id}/{verb}")


def succeeded(stack, answer):
    assert answer.status_code == 202, answer.text
    job = stack.finish(answer.json()["id"], seconds=500)
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    return job


def cluster(stack, name="prod"):
    return stack.client.get(f"/v1/clusters/{name}").json()


def owners(stack):
    rows = stack.client.get("/v1/hosts").json()["hosts"]
    return {row["name"]: row["cluster"] for row in rows if row["cluster"]}


@contextmanager
def nobody_at_work(stack):
    """Have no Celery worker, so that a job waits."""
    stack.kill("worker")
    try:
        yield
    finally:
        stack.start_worker()


def cancelled(stack, name, params):
    """Return a create that was cancelled before anything of it began."""
    job_id = stack.post(name, params).json()["id"]
    assert ask(stack, job_id, "cancel").json()["status"] == "cancelled"
    return job_id


def test_a_cancelled_create_goes_neither_on_nor_back_over_a_cluster_that_another_formed(stack, lab):
    with nobody_at_work(stack):
        first = cancelled(stack, "prod", ONE | {"addons": ["dns"]})
        formed = stack.post("prod", ONE)
    succeeded(stack, formed)

    answers = [ask(stack, first, verb) for verb in ("retry", "rollback")]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert {answer.json()["type"] for answer in answers} == {"/problems/job-overtaken"}
    assert all(formed.json()["id"] in answer.json()["detail"] for answer in answers)
    assert lab.exec("n1", f"{KUBECTL} get nodes").returncode == 0
    assert (cluster(stack)["phase"], owners(stack)) == ("formed", {"n1": "prod"})


def test_of_different_creates_of_one_name_at_the_same_moment_one_is_taken(stack):
    wishes = [{"control_plane": [f"n{place % 4 + 1}"]} for place in range(12)]

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda wish: stack.post("prod", wish), wishes))

    taken = {answer.json()["id"] for answer in answers if answer.status_code in {200, 202}}
    assert len(taken) == 1
    refused = [answer for answer in answers if answer.status_code == 409]
    assert all("job" in answer.json()["detail"] for answer in refused)
    job = stack.finish(taken.pop())
    assert job["status"] == "succeeded"
    assert set(owners(stack)) == set(job["params"]["control_plane"])


def test_a_host_never_stands_in_two_clusters(stack):
    with nobody_at_work(stack):
        first = cancelled(stack, "lab", ONE)
        second = stack.post("prod", ONE).json()["id"]
        retried = ask(stack, first, "retry")
        at_work = owners(stack)
        taken_back = ask(stack, second, "cancel").json()["status"]

    assert (retried.status_code, retried.json()["type"]) == (409, "/problems/host-taken")
    assert second in retried.json()["detail"]
    assert (at_work, taken_back, owners(stack)) == ({"n1": "prod"}, "cancelled", {})
    again = ask(stack, first, "retry")
    assert again.status_code == 202
    assert stack.finish(first)["status"] == "succeeded"
    assert owners(stack) == {"n1": "lab"}


def test_two_adds_in_a_row_are_both_in_the_record_and_on_the_hosts(stack, lab):
    succeeded(stack, stack.post("prod", ONE))
    adds = [stack.post("prod", {"workers": [host]}, kind="add-nodes") for host in ("n2", "n3")]

    assert [answer.status_code for answer in adds] == [202, 202]
    for answer in adds:
        succeeded(stack, answer)

    assert cluster(stack)["workers"] == ["n2", "n3"]
    listing = lab.exec("n1", f"{KUBECTL} get nodes --no-headers").stdout
    assert {line.split()[0] for line in listing.splitlines()} == {"n1", "n2", "n3"}
    assert owners(stack) == dict.fromkeys(("n1", "n2", "n3"), "prod")


@pytest.mark.slow
def test_control_plane_nodes_and_workers_are_added_and_a_destroyed_cluster_frees_all(stack, lab):
    seen = {host: lab.exec(host, SEEN).stdout for host in ("n1", "n2", "n3", "n4")}
    succeeded(stack, stack.post("prod", ONE))
    wish = {"control_plane": ["n2", "n3"], "workers": ["n4"]}
    grown = succeeded(stack, stack.post("prod", wish, kind="add-nodes"))
    assert grown["quorum"]["now"]["voters_alive"] == 3
    assert cluster(stack)["control_plane"] == ["n1", "n2", "n3"]

    refused = stack.post("prod", {"confirm": "prd"}, kind="destroy-cluster")
    gone = succeeded(stack, stack.post("prod", {"confirm": "prod"}, kind="destroy-cluster"))

    assert refused.status_code == 409
    assert [step["name"] for step in gone["steps"]][-1] == "remove_microk8s"
    assert stack.client.get("/v1/clusters/prod").status_code == 404
    assert owners(stack) == {}
    assert {host: lab.exec(host, SEEN).stdout for host in seen} == seen


SEEN = """
snap list 2>&1
ls /snap /var/snap /var/lib/clusterwright /etc/sysctl.d /etc/modules-load.d 2>&1
cat /etc/hosts /etc/sysctl.d/* /etc/modules-load.d/* 2>/dev/null
"""


@pytest.mark.slow
def test_a_forgotten_cluster_frees_its_hosts_and_asks_none(stack, lab):
    succeeded(stack, stack.post("prod", ONE))
    lab.kill("n1")

    wish = {"confirm": "prod", "forget": True}
    succeeded(stack, stack.post("prod", wish, kind="destroy-cluster"))

    assert stack.client.get("/v1/clusters/prod").status_code == 404
    assert owners(stack) == {}


@pytest.mark.slow
def test_a_retry_after_a_rollback_that_was_cancelled_in_the_queue_goes_forward(stack, lab):
    succeeded(stack, stack.post("prod", ONE))
    lab.add_fault("n2", {"match": "snap install", "action": "fail-before", "times": 8})
    failed = stack.post("prod", {"workers": ["n2"]}, kind="add-nodes").json()["id"]
    assert stack.finish(failed, seconds=120)["status"] == "failed"
    lab.clear_fault("n2")
    with nobody_at_work(stack):
        holder = stack.post("prod", {"labels": {"n1": {"a": "b"}}}, kind="label-nodes").json()["id"]
        queued = ask(stack, failed, "rollback").json()
        back = ask(stack, failed, "cancel").json()
        ask(stack, holder, "cancel")

    assert (queued["status"], back["status"]) == ("queued", "failed")
    assert ask(stack, failed, "retry").status_code == 202
    job = stack.finish(failed)
    assert (job["status"], owners(stack)) == ("succeeded", {"n1": "prod", "n2": "prod"})


@pytest.mark.slow
def test_labels_are_changed_and_a_rollback_puts_back_what_was_there(stack, lab):
    succeeded(stack, stack.post("prod", ONE | {"labels": {"n1": {"disk": "hdd"}}}))
    wish = {"labels": {"n1": {"disk": "ssd"}}, "taints": {"n1": ["gpu=yes:NoSchedule"]}}

    done = succeeded(stack, stack.post("prod", wish, kind="label-nodes"))
    again = succeeded(stack, stack.post("prod", wish, kind="label-nodes"))

    assert [step["name"] for step in done["steps"]] == ["observe", "label_nodes"]
    assert [step["name"] for step in again["steps"]] == ["observe"]
    node = cluster(stack)["nodes"]["n1"]
    assert (node["labels"]["disk"], node["taints"]) == ("ssd", ["gpu=yes:NoSchedule"])
    document = lab.exec("n1", f"{KUBECTL} get node n1 -o json").stdout
    assert json.loads(document)["metadata"]["labels"]["disk"] == "ssd"


@pytest.mark.slow
def test_a_look_finds_what_is_wrong_and_does_not_fail_because_of_it(stack, lab):
    succeeded(stack, stack.post("prod", {"control_plane": ["n1", "n2", "n3"]}))
    lab.kill("n3")

    looked = succeeded(stack, stack.post("prod", {}, kind="verify"))

    assert cluster(stack)["quorum"]["voters_alive"] == 2
    codes = {row["code"] for row in cluster(stack)["observation"]["findings"]}
    assert "dead-member" in codes
    assert looked["status"] == "succeeded"
    refused = stack.post("prod", {"workers": ["n4"]}, kind="add-nodes")
    assert refused.json()["findings"][0]["code"] == "dead-member-listed"


@pytest.mark.parametrize(
    ("kind", "params"),
    [("add-nodes", {"workers": ["n2"]}), ("label-nodes", {"dedicated": True}), ("verify", {})],
)
def test_a_change_of_a_cluster_that_is_not_there_is_a_finding(stack, kind, params):
    answer = stack.post("nowhere", params, kind=kind)

    assert answer.status_code == 409
    assert answer.json()["findings"][0]["code"] == "no-such-cluster"


@pytest.mark.slow
def test_a_plan_of_before_another_change_is_outdated(stack, lab):
    succeeded(stack, stack.post("prod", ONE))
    wish = {"kind": "label-nodes", "params": {"labels": {"n1": {"row": "a"}}}}
    digest = stack.client.post("/v1/clusters/prod/plans", json=wish).json()["digest"]
    succeeded(stack, stack.post("prod", {"labels": {"n1": {"row": "b"}}}, kind="label-nodes"))

    answer = stack.client.post("/v1/clusters/prod/changes", json=wish | {"plan_digest": digest})

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/plan-outdated")
    difference = answer.json()["difference"]
    assert "the record of cluster prod went from revision" in difference[0]


@pytest.mark.slow
def test_a_job_that_failed_is_overtaken_by_the_next_change_of_its_cluster(stack, lab):
    succeeded(stack, stack.post("prod", ONE))
    lab.add_fault("n2", {"match": "snap install", "action": "fail-before", "times": 8})
    failed = stack.post("prod", {"workers": ["n2"]}, kind="add-nodes").json()["id"]
    assert stack.finish(failed, seconds=120)["status"] == "failed"
    lab.clear_fault("n2")
    other = succeeded(stack, stack.post("prod", {"dedicated": True}, kind="label-nodes"))

    answers = [ask(stack, failed, verb) for verb in ("retry", "rollback")]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert {answer.json()["type"] for answer in answers} == {"/problems/job-overtaken"}
    assert all(other["id"] in answer.json()["detail"] for answer in answers)
    rested = stack.job(failed)
    assert (rested["overtaken_by"], other["id"] in rested["next_action"]) == (other["id"], True)
    again = succeeded(stack, stack.post("prod", {"workers": ["n2"]}, kind="add-nodes"))
    assert again["status"] == "succeeded"
    assert poll(lambda: owners(stack) == {"n1": "prod", "n2": "prod"}, seconds=5, what="n2")
