"""What kinds plan fits the steps that there are, which are read and not imported."""

from pathlib import Path

import pytest
from kind_worlds import example

from cluster.findings import Severity
from workflows.kinds import KINDS
from workflows.plan import Needs
from workflows.step_modules import step_module, step_names

ROOT = Path(__file__).parents[2]
CASES = [
    pytest.param(step, id=f"{kind.name}-{index}-{step.name}")
    for kind in KINDS.values()
    for index, step in enumerate(example(kind).steps)
]
LONGEST_KIND = 120
"""Lines of a kind's file: what is more belongs to the steps."""


@pytest.mark.parametrize("step", CASES)
def test_the_arguments_of_a_planned_step_are_those_of_its_apply_and_undo(step):
    assert step_module(step.name).faults({*step.args, *step.needs}) == ()


def test_every_step_that_there_is_stands_in_the_example_of_a_kind():
    """All but those that another choice takes instead, and one of retries."""
    planned = {step.name for kind in KINDS.values() for step in example(kind).steps}

    assert planned | {"forget_cluster", "remove_lost"} == set(step_names())


def test_what_settles_by_itself_is_waited_for_as_long_as_that_may_take():
    patience = {step.name: step.patience for kind in KINDS.values() for step in example(kind).steps}

    assert patience["join_control_plane"] == patience["join_workers"] == 300
    assert patience["verify_quorum"] == 120
    assert patience["drain_node"] == 600
    assert patience["refresh_microk8s"] == patience["refresh_without_quorum"] == 1200


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_plan_names_every_host_that_its_steps_and_their_guards_ask(kind):
    plan = example(kind)
    cluster = {node for step in plan.steps for node in step.args.get("control_plane", ())}
    seeds = {step.args["seed"] for step in plan.steps if "seed" in step.args}
    guards = {node for step in plan.steps if step.guard for node in step.guard.control_plane}

    assert plan.connections.keys() >= cluster | seeds | guards


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_an_example_can_be_carried_out_in_the_world_that_it_is_given(kind):
    refusals = [row for row in example(kind).findings if row.severity is Severity.REFUSE]

    assert refusals == []
    assert bool(kind.given) == (kind.needs is not Needs.NEW or kind.is_forgotten)


@pytest.mark.parametrize(
    "name", [name for name, kind in KINDS.items() if kind.needs is Needs.EXISTING]
)
def test_a_kind_of_an_existing_cluster_is_one_short_file(name):
    file = ROOT / "workflows" / "kinds" / f"{name.replace('-', '_')}.py"
    lines = file.read_text().splitlines()

    assert len(lines) <= LONGEST_KIND


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_kind_says_whether_there_is_no_way_back_from_what_it_does(kind):
    assert kind.is_final == any(step.is_final for step in example(kind).steps)
