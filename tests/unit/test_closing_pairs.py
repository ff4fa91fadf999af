"""A plan says which step takes back which; pairs that cannot be kept are refused as defects."""

from dataclasses import replace

import pytest

from workflows.closing import between, faults, openers
from workflows.plan import Plan, Scope, Step
from workflows.plan_records import plan_record
from workflows.planner import _check


def step(name, title="", **more):
    return Step(name, title or name, ("n1",), {}, **more)


OPEN, WORK, CLOSE = step("prepare_hosts"), step("observe"), step("verify_quorum")


def test_a_builder_puts_steps_between_an_opener_and_what_takes_it_back():
    story = between(OPEN, [WORK], CLOSE)

    assert [row.closes for row in story] == ["", "", "prepare_hosts"]
    assert openers(story) == {2: 0}
    assert story[2].as_dict()["closes"] == "prepare_hosts"
    assert list(faults(story)) == []


def test_each_closes_the_last_of_that_name_that_is_open_still():
    one_by_one = [*between(OPEN, [WORK], CLOSE), *between(OPEN, [WORK], CLOSE)]
    nested = between(OPEN, between(OPEN, [WORK], CLOSE), CLOSE)

    assert openers(one_by_one) == {2: 0, 5: 3}
    assert openers(nested) == {3: 1, 4: 0}
    assert list(faults(one_by_one)) == list(faults(nested)) == []


JOIN = step("join_workers")
WRONG = {
    "no earlier step": [replace(CLOSE, closes="prepare_hosts"), OPEN],
    "which closes a step itself": [
        *(OPEN, replace(JOIN, closes="prepare_hosts"), replace(CLOSE, closes="join_workers"))
    ],
    "its undo does nothing": between(WORK, [], CLOSE),
    "which closes what was opened before": [
        *(OPEN, JOIN, replace(CLOSE, closes="prepare_hosts"), replace(CLOSE, closes="join_workers"))
    ],
}


@pytest.mark.parametrize("why", WRONG)
def test_pairs_that_cannot_be_kept_are_defects(why):
    assert why in "; ".join(faults(WRONG[why]))


def test_the_planner_refuses_them():
    with pytest.raises(ValueError, match="cannot plan steps that take others back"):
        _check([step("forget_cluster", closes="prepare_hosts")])


def test_the_ledger_is_told_the_place_of_each_with_that_of_its_opener():
    plan = Plan("upgrade", "prod", tuple(between(OPEN, [WORK], CLOSE)))

    assert plan_record(plan, Scope("prod", None, {}))["closings"] == [(2, 0)]
