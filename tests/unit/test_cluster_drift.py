"""What nodes lost since they were written down is given to them again by the same file."""

from dataclasses import replace

import pytest
from kind_worlds import formed, hosts

from cluster.findings import Finding, Severity
from cluster.observation import Observation, SeenNode
from cluster.spec import ZONE_LABEL
from workflows.cluster_file.differences import differences
from workflows.kinds.apply import KIND, ApplySchema
from workflows.plan import Basis, Change, Scope
from workflows.planner import normalised, planned

MARKS = {"labels": {"n2": {"disk": "ssd"}}, "taints": {"n2": ["gpu=yes:NoSchedule"]}}
FILE = {
    "control_plane": ["n1"],
    "workers": ["n2"],
    "channel": "1.32/stable",
    "environment": "dev",
    **MARKS,
}
HOSTS = hosts({"n1": "prod", "n2": "prod"})


def seen(*more, findings=(), marked_at=0.0, **fields):
    """The cluster of the file, of which n2 was seen at 10.0 with other fields."""
    cluster = formed("prod", {"control_plane": ["n1"], "workers": ["n2"], **MARKS})
    nodes = [
        SeenNode(
            **{
                "host": host,
                "name": host,
                "role": str(node.role),
                "ready": True,
                "labels": node.labels,
                "taints": node.taints,
                **(fields if host == "n2" else {}),
            }
        )
        for host, node in cluster.nodes.items()
    ]
    look = Observation(10.0, ("n1",), True, (), (*nodes, *more), findings=findings)
    return replace(cluster, observation=look, marked_at=marked_at)


def story(cluster, behind=(), **wanted):
    params = normalised(KIND, {**FILE, **wanted})
    scope = Scope("prod", cluster, HOSTS, record=cluster, basis=Basis(behind=behind))
    return planned(KIND, Change("prod", "apply", params), scope)


def names(plan):
    return [step.name for step in plan.steps]


def codes(plan):
    return [finding.code for finding in plan.findings]


def test_lost_labels_and_taints_are_given_again_and_nothing_else_is():
    plan = story(seen(labels={ZONE_LABEL: "a", "disk": "hdd", "of": "others"}, taints=()))

    step = plan.steps[1]
    assert names(plan) == ["observe", "label_nodes"]
    assert (step.hosts, step.args["labels"]) == (("n2",), {"n2": {"disk": "ssd"}})
    assert step.args["taints"] == {"n2": ["gpu=yes:NoSchedule"]}
    assert (step.args["labels_off"], step.args["taints_off"]) == ({}, {})
    assert "nothing-to-do" not in codes(plan)


def test_a_lost_zone_of_the_inventory_is_given_again_though_the_file_does_not_name_it():
    plan = story(seen(labels={"disk": "ssd"}))

    assert plan.steps[1].args["labels"] == {"n2": {ZONE_LABEL: "a"}}


def test_a_label_that_the_file_takes_off_is_no_drift():
    plan = story(seen(labels={}), labels={})

    assert plan.steps[1].args["labels_off"] == {"n2": ["disk"]}
    assert plan.steps[1].args["labels"] == {"n2": {ZONE_LABEL: "a"}}


@pytest.mark.parametrize("marked_at", [10.0, 11.0])
def test_a_look_that_is_no_newer_than_the_record_tells_nothing_of_marks(marked_at):
    cluster = seen(labels={}, taints=(), marked_at=marked_at)

    assert codes(story(cluster)) == ["nothing-to-do"]
    assert not list(differences(ApplySchema().load(FILE), "prod", cluster, HOSTS))


def test_what_jobs_before_leave_is_not_judged_by_an_older_look():
    plan = story(seen(labels={}, findings=(ghost(),)), behind=("j1",))

    assert names(plan) == ["observe"]
    assert "seen-otherwise" not in codes(plan)


def ghost():
    return Finding(
        "ghost-member",
        Severity.REFUSE,
        "the datastore lists 10.0.0.9:19001, which is no node of this cluster",
        "remove it: microk8s remove-node 10.0.0.9 --force",
    )


def test_a_member_that_nobody_wrote_down_is_told_with_what_removes_it_and_refuses_nothing():
    plan = story(seen(findings=(ghost(),)))

    (found,) = [row for row in plan.findings if row.code == "seen-otherwise"]
    assert (found.severity, found.advice) == ("warn", ghost().advice)
    assert "10.0.0.9:19001" in found.message
    assert names(plan) == ["observe"]


def test_a_node_that_nobody_wrote_down_is_a_row_of_what_was_seen():
    stranger = SeenNode(None, "old-1", role="worker", ready=True)

    (row,) = differences(ApplySchema().load(FILE), "prod", seen(stranger), HOSTS)

    assert (row.what, row.now, row.wanted, row.by) == ("node old-1", "worker", "-", "")
    assert row.is_seen
