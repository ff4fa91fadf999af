"""Planning ``adopt-cluster``, and what becomes of the record once the cluster is found."""

from dataclasses import replace

import pytest
from kind_worlds import hosts, plan_of
from marshmallow import ValidationError

from cluster.spec import Environment, Phase
from workflows.kinds import KINDS
from workflows.plan import Change, Scope
from workflows.planner import normalised, planned
from workflows.writes import after, as_found, founded, from_dict

KIND = KINDS["adopt-cluster"]
PARAMS = {"hosts": ["n1", "n2"], "environment": "staging"}
NODE = {"role": "control-plane", "channel": "1.32/stable", "labels": {"rack": "r7"}, "taints": []}
FOUND = {"record": {"nodes": {"n1": NODE, "n2": NODE | {"role": "worker"}}, "addons": ["ingress"]}}


def test_it_looks_then_marks_and_takes_the_hosts_that_it_names():
    plan = plan_of(KIND, "prod", PARAMS, None)

    assert [step.name for step in plan.steps] == ["find_cluster", "adopt_hosts"]
    assert (plan.founds, plan.reserves) == (Environment.STAGING, ("n1", "n2"))
    assert plan.findings == ()
    assert not KIND.is_final


def test_until_it_is_found_the_cluster_is_not_formed_so_nothing_is_planned_behind_it():
    adopting = plan_of(KIND, "prod", PARAMS, None)

    behind = plan_of(KINDS["backup"], "prod", {}, adopting.leaves)

    assert adopting.leaves.phase is Phase.FORMING
    assert [found.code for found in behind.findings] == ["cluster-not-formed"]


def test_the_record_is_what_the_step_finds():
    [write] = plan_of(KIND, "prod", PARAMS, None).steps[-1].writes

    rows = as_found([write.as_dict()], FOUND)

    cluster = after(founded("prod", Environment.STAGING), map(from_dict, rows))
    assert cluster.phase is Phase.FORMED
    assert (cluster.control_plane, cluster.workers) == (("n1",), ("n2",))
    assert (cluster.addons, cluster.nodes["n1"].labels) == (("ingress",), {"rack": "r7"})


@pytest.mark.parametrize("rows", [[], [{"do": "set-phase", "phase": "formed"}]])
def test_what_other_steps_write_stays_as_it_was_planned(rows):
    assert as_found(rows, {}) == rows


@pytest.mark.parametrize("record", [{}, {"nodes": {"n1": {}}, "addons": []}])
def test_what_is_no_record_is_never_written(record):
    with pytest.raises((KeyError, ValueError)):
        as_found([{"do": "as-found"}], {"record": record})


@pytest.mark.parametrize(
    ("named", "code", "field"),
    [
        (["n1", "n9"], "unknown-host", "/params/hosts/1"),
        (["n1", "n3"], "host-in-cluster", "/params/hosts/1"),
        (["n1", "n4"], "node-address-duplicate", "/params/hosts/1"),
    ],
)
def test_hosts_that_cannot_be_nodes_of_it_refuse_the_plan(named, code, field):
    known = hosts({"n3": "dev"})
    known["n4"] = replace(known["n4"], node_address="10.0.0.1")
    params = normalised(KIND, {"hosts": named})

    plan = planned(KIND, change(params), Scope("prod", None, known))

    assert [(found.code, found.field) for found in plan.findings] == [(code, field)]


def change(params):
    return Change("prod", "adopt-cluster", params)


@pytest.mark.parametrize("named", [[], ["n1", "n1"]])
def test_hosts_are_named_once_and_at_least_one(named):
    with pytest.raises(ValidationError):
        normalised(KIND, {"hosts": named})
