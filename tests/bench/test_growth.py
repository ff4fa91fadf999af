"""What is asked of two sizes: every list, plan and page has a row, and is answered at both."""

import pytest

from bench.growth import compared
from bench.growth_questions import QUESTIONS
from bench.ledger_fill import Size
from workflows.kinds import KINDS


@pytest.fixture(scope="module")
def rows():
    return list(compared(Size(4, 6, 1), Size(10, 12, 2), rounds=1, repeats=1))


def test_every_list_plan_and_page_has_a_row_that_tells_both_sizes(rows):
    names = [row.name for row in rows]

    assert names == [f"{question.name}, 10 jobs against 4" for question in QUESTIONS]
    text = " ".join(names)
    for what in ("list of jobs", "list of hosts", "list of clusters", "plan of", "page: overview"):
        assert what in text
    for kind in KINDS:
        assert f"page: new change, {kind}" in text
    assert all(row.ours > 0 and row.contender > 0 for row in rows)


def test_a_ratio_is_that_of_a_row_shown(rows):
    (jobs,) = (row for row in rows if row.name.startswith("list of jobs, 10"))

    few, many = jobs.spread["rows"]
    assert (few, many) == (4, 10)
    assert jobs.ratio == pytest.approx((jobs.ours / many) / (jobs.contender / few))
    assert "it shows 10 rows against 4" in jobs.note


def test_a_row_is_met_only_if_neither_bound_is_passed(rows):
    assert all(row.met is (row.ratio <= 2 and row.ours <= 50) for row in rows)
