"""A cluster that is being destroyed says so, and other changes of it have to do without it."""

import pytest
from api_requests import CHANGES, PLANS, Steps, change

from workflows.replanning import replan

DESTROY = {"kind": "destroy-cluster", "params": {"confirm": "prod"}}
GROW = {"kind": "add-nodes", "params": {"workers": ["n3"]}}
LOOK = {"kind": "verify", "params": {}}
NOTE, LEAVE = 1, 2
"""Places of the steps, after the look."""


@pytest.fixture
def formed(client, ledger, inventory):
    """The cluster prod, of n1 and the worker n2."""
    answer = client.post(CHANGES, json=change(params={"workers": ["n2"]}))
    Steps(ledger, answer.json["id"]).finish()
    assert phase(client) == "formed"


@pytest.fixture
def begun(client, ledger, inventory, formed):
    """What carries out the job that destroys prod, which has noted that in the record."""
    steps = Steps(ledger, client.post(CHANGES, json=DESTROY).json["id"])
    steps.begin(0)
    steps.end(0)
    assert replan(ledger, inventory, steps.job)
    steps.begin(NOTE)
    assert phase(client) == "formed"
    steps.end(NOTE)
    return steps


def phase(client):
    return client.get("/v1/clusters/prod").json["phase"]


def refusal(answer):
    assert answer.status_code == 409, answer.text
    return answer.json["findings"][0]


def rest(begun):
    """Have the first node not leave."""
    begun.begin(LEAVE)
    begun.fail(LEAVE)


def test_the_record_the_list_and_the_drawings_tell_it_before_the_first_node_goes(client, begun):
    (row,) = client.get("/v1/clusters").json["clusters"]

    assert (row["phase"], row["formed"], set(row["nodes"])) == ("destroying", False, {"n1", "n2"})
    for form in ("txt", "svg", "mmd"):
        assert "being destroyed" in client.get(f"/v1/clusters/prod/topology.{form}").text


def test_another_change_meets_the_job_that_destroys_the_cluster(client, begun):
    answer = client.post(CHANGES, json=GROW)

    found = refusal(answer)
    assert found["code"] == "cluster-destroying"
    assert found["message"] == f"cluster prod is being destroyed by job {begun.job}"
    assert begun.job in answer.json["links"]["job"]


def test_a_change_behind_a_job_that_is_to_destroy_the_cluster_is_refused_with_its_name(
    client, formed
):
    job = client.post(CHANGES, json=DESTROY).json["id"]

    found = refusal(client.post(CHANGES, json=GROW))

    assert found["message"] == f"cluster prod is to be destroyed by job {job}"


def test_a_cluster_that_is_half_destroyed_can_only_be_looked_at_or_destroyed(client, begun):
    rest(begun)

    grown, again = (client.post(CHANGES, json=row) for row in (GROW, change()))
    destroyed, seen = (client.post(PLANS, json=row).json for row in (DESTROY, LOOK))

    assert refusal(grown)["code"] == "cluster-destroying"
    assert refusal(again)["code"] == "cluster-exists"
    rests = f"job {begun.job} began to take it apart, and rests"
    assert all(rests in refusal(answer)["message"] for answer in (grown, again))
    assert "refuse" not in {row["severity"] for row in destroyed["findings"] + seen["findings"]}
    assert [step["name"] for step in destroyed["steps"]] == [
        "observe",
        "leave_cluster",
        "remove_microk8s",
    ]


def test_a_destroy_that_rests_half_way_stays_so_and_is_only_retried(client, begun):
    rest(begun)

    job = client.get(f"/v1/jobs/{begun.job}").json
    offered = {row["action"] for row in job["actions"]}

    assert (job["status"], phase(client)) == ("failed", "destroying")
    assert ("retry-job" in offered, "rollback-job" in offered) == (True, False)


def test_a_rollback_before_the_first_node_goes_puts_back_what_the_record_said(client, begun):
    client.post(f"/v1/jobs/{begun.job}/cancel")
    client.post(f"/v1/jobs/{begun.job}/rollback")

    begun.begin(NOTE)
    begun.end(NOTE)

    job = client.get(f"/v1/jobs/{begun.job}").json
    assert (job["status"], job["steps"][NOTE]["status"]) == ("rolled-back", "undone")
    assert phase(client) == "formed"
    assert client.post(CHANGES, json=GROW).status_code == 202


def test_a_cluster_destroyed_anew_leaves_nothing_on_a_node_that_is_out_already(client, begun):
    begun.begin(LEAVE)
    begun.end(LEAVE)
    begun.begin(LEAVE + 1)
    begun.fail(LEAVE + 1)
    assert set(client.get("/v1/clusters/prod").json["nodes"]) == {"n1"}

    plan = client.post(PLANS, json=DESTROY).json

    assert [step["name"] for step in plan["steps"]] == ["observe", "remove_microk8s"]
    assert plan["steps"][-1]["hosts"] == ["n1", "n2"]


def test_a_cluster_that_is_gone_frees_its_hosts_and_its_name(client, begun, inventory):
    for index in (LEAVE, LEAVE + 1):
        begun.begin(index)
        begun.end(index)

    assert client.get("/v1/clusters/prod").status_code == 404
    assert {host.cluster for host in inventory.hosts()} == {""}
    assert client.post(CHANGES, json=change()).status_code == 202
