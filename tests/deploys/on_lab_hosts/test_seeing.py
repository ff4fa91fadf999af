"""How a cluster is seen when hosts are silent, clocks are wrong, or nobody leads."""

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from steps import StepFailed, Steps
from variants import first_of

from deploy_scripts.microk8s.facts import CLUSTER_VIEW, ROLE_PROBE, parse_view
from deploy_scripts.microk8s.role_parser import parse_role
from lab import Lab

VERIFY = {"control_plane": ["n1"], "workers": ["n2"], "voters": 1, "look_seconds": 1}


@pytest.fixture
def cluster(steps: Steps, lab: Lab) -> Iterator[Steps]:
    """A seed and one worker."""
    steps.apply("install_microk8s", hosts=["n1", "n2"], channel="1.32/stable")
    steps.apply("join_workers", seed="n1", hosts=["n2"])
    yield steps
    lab.skew_clock("n1", 0)
    lab.clear_fault("n1")


def look(lab: Lab, host: str) -> dict[str, Any]:
    return parse_view(lab.exec(host, CLUSTER_VIEW, timeout=250).stdout.splitlines())


def nodes(lab: Lab) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in look(lab, "n1")["nodes"]}


def findings(caught: pytest.ExceptionInfo[StepFailed]) -> dict[str | None, str]:
    return {row["host"]: row["code"] for row in caught.value.answer["error"]["findings"]}


def test_the_lines_of_nodes_say_what_json_says(lab: Lab, cluster: Steps) -> None:
    taint = "team=a:NoExecute"
    cluster.apply("label_nodes", seed="n1", labels={"n2": {"zone": "b"}}, taints={"n2": [taint]})
    document = lab.exec("n1", "/snap/bin/microk8s kubectl get nodes -o json").stdout

    seen = nodes(lab)

    listed = {row["metadata"]["name"]: row for row in json.loads(document)["items"]}
    assert {name: row["labels"] for name, row in seen.items()} == {
        name: row["metadata"]["labels"] for name, row in listed.items()
    }
    assert seen["n2"]["taints"] == [taint]
    assert (seen["n1"]["role"], seen["n2"]["role"]) == ("control-plane", "worker")
    assert seen["n2"]["address"] == listed["n2"]["status"]["addresses"][0]["address"]
    assert all(0 <= row["heard_ago"] <= 45 for row in seen.values())


def test_a_node_that_kubernetes_still_calls_ready_is_not_verified_once_it_is_silent(
    lab: Lab, cluster: Steps
) -> None:
    lab.add_fault("n1", {"match": "microk8s kubectl", "action": "node-stays-ready"})
    lab.kill("n2")
    lab.exec("n1", "touch -d '-130 seconds' /lab/world/clusters/*/leases/n2")

    try:
        with pytest.raises(StepFailed, match="n2 is called Ready") as caught:
            cluster.apply("verify_quorum", **VERIFY)
        seen = nodes(lab)["n2"]
    finally:
        lab.boot("n2")

    assert findings(caught)["n2"] == "silent-node"
    assert (seen["condition"], seen["ready"]) == ("True", False)
    assert seen["heard_ago"] >= 130


@pytest.mark.parametrize(
    ("seconds", "words"),
    first_of([(90, "has not been heard of for"), (-90, "ahead of the seed's clock")]),
    ids=["seed ahead", "seed behind"],
)
def test_clocks_that_differ_too_much_are_told_and_not_taken_for_fresh(
    lab: Lab, cluster: Steps, seconds: int, words: str
) -> None:
    lab.skew_clock("n1", seconds)

    with pytest.raises(StepFailed, match=words) as caught:
        cluster.apply("verify_quorum", **VERIFY)

    assert findings(caught)["n2"] == "silent-node"


def test_an_api_that_is_stopped_lists_no_nodes_and_says_so(lab: Lab, cluster: Steps) -> None:
    lab.exec("n1", "/snap/bin/microk8s stop")

    seen = look(lab, "n1")

    assert seen["nodes"] is None
    assert seen["nodes_error"] == "microk8s is not running, try microk8s start"
    assert not seen["has_leader"]


def test_a_member_tells_the_failure_domain_that_its_datastore_runs_with(
    lab: Lab, cluster: Steps
) -> None:
    del cluster
    shell = "/snap/microk8s/current/bin/dqlite"
    told = f"""{shell}.real "$@" | sed 's/"FailureDomain": [0-9]*/"FailureDomain": 7/'"""
    lab.exec("n1", f"mv {shell} {shell}.real; cat >{shell} <<'END'\n#!/bin/sh\n{told}\nEND\n")
    lab.exec("n1", f"chmod +x {shell}")

    (member,) = look(lab, "n1")["members"]

    assert (member["alive"], member["domain"]) == (True, 7)


def test_a_worker_that_is_asked_for_the_nodes_is_no_silent_api(lab: Lab, cluster: Steps) -> None:
    with pytest.raises(ValueError, match="acting as a node in a cluster"):
        look(lab, "n2")


def role(lab: Lab, host: str) -> dict[str, Any]:
    return parse_role(lab.exec(host, ROLE_PROBE).stdout.splitlines())


def test_a_seed_whose_last_joiner_left_is_a_former_seed(lab: Lab, cluster: Steps) -> None:
    del cluster
    fresh = role(lab, "n3")["role"]
    lab.exec("n1", "mkdir -p /var/lib/clusterwright")
    lab.exec("n1", "printf 'installation=i-1\\njob=j-9' >/var/lib/clusterwright/installed-microk8s")

    seed = role(lab, "n1")

    assert (fresh, seed["role"]) == ("not-installed", "former-seed")
    assert seed["mark"] == {"installation": "i-1", "cluster": "", "job": "j-9"}


@pytest.mark.slow
def test_the_survivor_of_three_voters_sees_no_leader_whatever_its_file_lists(
    lab: Lab, steps: Steps
) -> None:
    steps.apply("install_microk8s", hosts=["n1", "n2", "n3"], channel="1.32/stable")
    for members, host in enumerate(("n2", "n3"), start=2):
        steps.apply("join_control_plane", seed="n1", host=host, expected_members=members)
    lab.kill("n2")
    lab.kill("n3")
    # The file is up to half a minute old: it may list the seed alone.
    first = "awk '/^- /{n++} n==1' cluster.yaml >new && cat new >cluster.yaml"
    lab.exec("n1", f"cd /var/snap/microk8s/current/var/kubernetes/backend && {first}")
    three = {"control_plane": ["n1", "n2", "n3"], "workers": [], "voters": 1, "look_seconds": 1}

    try:
        seen = _once_without_leader(lab)
        with pytest.raises(StepFailed, match="the datastore has no leader") as caught:
            steps.apply("verify_quorum", **three)
    finally:
        lab.boot("n2")
        lab.boot("n3")

    assert not seen["has_leader"]
    assert findings(caught)[None] in {"no-leader", "api-unavailable"}


def _once_without_leader(lab: Lab) -> dict[str, Any]:
    """Wait until the survivor has noticed; a look may end in the middle of it."""
    deadline = time.monotonic() + 60
    while True:
        try:
            seen = look(lab, "n1")
        except (ValueError, subprocess.TimeoutExpired):
            seen = {"has_leader": True}
        if not seen["has_leader"] or time.monotonic() > deadline:
            return seen
        time.sleep(0.2)


LIES = {
    "a list without end": "python3 -c \"print('[' * 200000)\"",
    "other types": 'echo \'[{"Address": ["10.79.0.11:19001"], "ID": true, "Role": null}]\'',
    "no numbers": 'echo \'[{"Address": "10.79.0.11:19001", "ID": NaN, "Role": 1e999}]\'',
    "no list": "echo '{}'",
}


def test_a_datastore_that_answers_with_crafted_json_fails_its_own_host_and_is_asked_again(
    lab: Lab, steps: Steps
) -> None:
    steps.apply("install_microk8s", hosts=["n1"], channel="1.32/stable")
    for lie in LIES.values():
        lab.exec(
            "n1",
            f"cat >/snap/microk8s/current/bin/dqlite <<'END'\n#!/bin/sh\n{lie}\nEND\n"
            "chmod +x /snap/microk8s/current/bin/dqlite",
        )

        with pytest.raises(StepFailed) as caught:
            steps.apply("verify_quorum", **{**VERIFY, "workers": []})

        [failure] = caught.value.answer["error"]["failures"]
        assert caught.value.kind == "Transient", lie
        assert (failure["host"], failure["code"]) == ("n1", "no-answer"), lie
        assert failure["message"].startswith("cannot read ClusterView of n1: "), lie
        assert "not its members" in failure["message"], lie
