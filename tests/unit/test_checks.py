"""The check of each kind of change: what it asks, and that it does nothing more."""

import pytest
from kind_worlds import example, hosts

from workflows.access import Permission
from workflows.checks import check_of
from workflows.kinds import CHECKS, KINDS, kind_of, permission_of
from workflows.plan import Kind, Lock, Scope
from workflows.step_modules import Undo, step_module

ASKING = {
    "observe",
    "preflight",
    "probe_addresses",
    "check_backup",
    "check_apis",
    "check_channels",
    "check_copies",
    "confirm_loss",
    "find_cluster",
}


@pytest.mark.parametrize("name", KINDS)
def test_a_check_has_the_steps_of_its_change_that_ask_before_any_that_does_more(name):
    change, check = example(KINDS[name]), example(CHECKS[f"check-{name}"])

    first = [step.name for step in change.steps]
    asked = [step.name for step in check.steps]
    assert asked == first[: len(asked)]
    assert set(asked) <= ASKING
    assert not set(first[len(asked) : len(asked) + 1]) & ASKING


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_takes_nothing_writes_nothing_and_has_nothing_to_undo(name):
    plan = example(CHECKS[name])

    assert plan.steps
    assert [step for step in plan.steps if step.writes or step.guard] == []
    assert {step_module(step.name).undo for step in plan.steps} == {Undo.NOTHING}
    assert (plan.reserves, plan.founds, dict(plan.coming)) == ((), None, {})
    assert CHECKS[name].lock is Lock.NONE


def test_a_change_that_asks_nothing_first_has_nothing_to_check():
    destroy = KINDS["destroy-cluster"]
    forgotten = example(check_of(destroy)), example_with(destroy, forget=True)

    assert [[step.name for step in plan.steps] for plan in forgotten] == [["observe"], []]


def example_with(kind, **params):
    changed = Kind(
        kind.name,
        kind.summary,
        kind.schema,
        lambda wanted, scope: kind.plan(wanted | params, scope),
        kind.example,
        given=kind.given,
        is_forgotten=kind.is_forgotten,
    )
    return example(check_of(changed))


def test_a_check_needs_what_a_plan_needs_and_an_unknown_kind_the_most():
    assert {permission_of(name) for name in CHECKS} == {Permission.PLAN}
    assert permission_of("destroy-cluster") is Permission.DESTROY
    assert permission_of("nobody-knows") is Permission.DESTROY


def test_a_kind_is_found_by_the_name_that_its_jobs_have():
    assert kind_of("verify") is KINDS["verify"]
    assert kind_of("check-verify") is CHECKS["check-verify"]
    with pytest.raises(KeyError):
        kind_of("nobody-knows")


def test_a_check_has_the_findings_of_its_change():
    kind = KINDS["create-cluster"]
    params, scope = kind.schema().load(kind.example), Scope("prod", None, hosts({}))

    assert check_of(kind).plan(params, scope).findings == kind.plan(params, scope).findings
