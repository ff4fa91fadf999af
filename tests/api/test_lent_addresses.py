"""What MetalLB is to give away, planned beside every host and cluster that there is."""

import pytest
from api_requests import CHANGES, Steps, change

RANGE = "metallb:10.0.0.200-10.0.0.209"


@pytest.fixture
def formed(client, ledger, inventory):
    """The cluster prod of n1, whose MetalLB gives addresses away."""
    answer = client.post(CHANGES, json=change(params={"addons": [RANGE]}))
    Steps(ledger, answer.json["id"]).finish()
    assert client.get("/v1/clusters/prod").json["addons"] == [RANGE]


def findings(client, cluster, kind, params):
    answer = client.post(f"/v1/clusters/{cluster}/plans", json={"kind": kind, "params": params})
    return {row["code"]: row for row in answer.json["findings"]}


def test_another_cluster_is_told_whose_addresses_it_asks_for(client, formed):
    params = {"control_plane": ["n2"], "addons": ["metallb:10.0.0.205-10.0.0.219"]}

    finding = findings(client, "other", "create-cluster", params)["metallb-range-of-other-cluster"]

    assert "10.0.0.205-10.0.0.219, which metallb of cluster prod gives away" in finding["message"]
    assert finding["acceptable"]


def test_the_cluster_itself_is_asked_nothing_about_what_it_has(client, formed):
    plan = client.post(
        "/v1/clusters/prod/plans", json={"kind": "set-addons", "params": {"enable": [RANGE]}}
    ).json

    assert [step["name"] for step in plan["steps"]] == ["observe"]
    assert [row for row in plan["findings"] if row["code"].startswith("metallb")] == []


def test_a_host_that_is_no_node_keeps_its_address(client, formed):
    params = {"enable": ["metallb:10.0.0.3-10.0.0.9"]}

    finding = findings(client, "prod", "set-addons", params)["metallb-range-overlap"]

    assert finding["message"] == "the range of metallb has 10.0.0.3 of host n3"
