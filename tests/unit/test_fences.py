"""Every claim of a job has a larger fence than those before it, in any order of its steps."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from workflows.fences import fence_of
from workflows.step_records import step_record

ROW = {"name": "step", "status": "pending", "attempt": "1"}
STEPS = [step_record(index, ROW, {}, {"title": "Do", "hosts": []}) for index in range(60)]


@given(st.sets(st.integers(0, 59)), st.integers(1, 60), st.integers(1, 9))
def test_fences_grow_through_a_job_that_is_carried_out_rolled_back_and_carried_out(
    first, count, claims
):
    steps = [replace(row, is_undone_first=row.index in first) for row in STEPS[:count]]
    back = sorted(steps, key=lambda row: (not row.is_undone_first, -row.index))

    fences = [
        fence_of(replace(row, claims=claim), epoch=epoch, undo=undo)
        for epoch, undo, order in ((1, False, steps), (2, True, back), (3, False, steps))
        for row in order
        for claim in range(1, claims + 1)
    ]

    assert fences == sorted(set(fences))
