"""What kinds plan fits the steps that there are, which are read and not imported."""

import ast
from pathlib import Path

import pytest
from kind_worlds import example

from cluster.findings import Severity
from workflows.kinds import KINDS
from workflows.plan import Needs

ROOT = Path(__file__).parents[2]
CASES = [
    pytest.param(step, id=f"{kind.name}-{index}-{step.name}")
    for kind in KINDS.values()
    for index, step in enumerate(example(kind).steps)
]
LONGEST_KIND = 120
"""Lines of a kind's file: what is more belongs to the steps."""


def module(step):
    return ast.parse((ROOT / "deploy_scripts" / f"{step.name}.py").read_text())


def function(tree, name):
    return next((f for f in tree.body if isinstance(f, ast.FunctionDef) and f.name == name), None)


def literal(tree, name):
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"no {name}")


@pytest.mark.parametrize("step", CASES)
def test_the_arguments_of_a_planned_step_are_those_of_its_apply_and_undo(step):
    tree = module(step)
    for act in filter(None, (function(tree, "apply"), function(tree, "undo"))):
        known = {arg.arg for arg in act.args.kwonlyargs} - {"before"}
        needed = {
            arg.arg
            for arg, default in zip(act.args.kwonlyargs, act.args.kw_defaults, strict=True)
            if default is None
        } - {"before"}
        assert needed <= set(step.args) <= known, act.name


@pytest.mark.parametrize("step", CASES)
def test_a_step_is_final_in_the_plan_where_its_module_says_that_it_cannot_be_undone(step):
    tree = module(step)
    undo = literal(tree, "UNDO")

    assert step.is_final == (undo == "cannot")
    assert (function(tree, "undo") is not None) == (undo == "does")


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_an_example_can_be_carried_out_in_the_world_that_it_is_given(kind):
    refusals = [row for row in example(kind).findings if row.severity is Severity.REFUSE]

    assert refusals == []
    assert bool(kind.given) == (kind.needs is not Needs.NEW)


@pytest.mark.parametrize("name", sorted(KINDS.keys() - {"create-cluster"}))
def test_a_kind_of_an_existing_cluster_is_one_short_file(name):
    file = ROOT / "workflows" / "kinds" / f"{name.replace('-', '_')}.py"
    lines = file.read_text().splitlines()

    assert len(lines) <= LONGEST_KIND


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_kind_says_whether_there_is_no_way_back_from_what_it_does(kind):
    assert kind.is_final == any(step.is_final for step in example(kind).steps)
