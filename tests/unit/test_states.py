"""The two tables of transitions."""

from hypothesis import given
from hypothesis import strategies as st

from workflows.states import (
    FINISHED,
    JOB_TRANSITIONS,
    STEP_TRANSITIONS,
    JobEvent,
    JobStatus,
    StepEvent,
    StepStatus,
)


def reachable(start, transitions):
    found, edge = {start}, {start}
    while edge:
        edge = {to for (status, _), to in transitions.items() if status in edge} - found
        found |= edge
    return found


def test_every_step_status_and_event_is_used():
    assert reachable(StepStatus.PENDING, STEP_TRANSITIONS) == set(StepStatus)
    assert {event for _, event in STEP_TRANSITIONS} == set(StepEvent)


def test_every_job_status_and_event_is_used():
    assert reachable(JobStatus.QUEUED, JOB_TRANSITIONS) == set(JobStatus)
    assert {event for _, event in JOB_TRANSITIONS} == set(JobEvent)


@given(st.sampled_from(JobStatus), st.sampled_from(JobEvent))
def test_a_finished_job_moves_only_when_a_person_asks(status, event):
    asked = {
        JobEvent.RETRY_REQUESTED,
        JobEvent.ROLLBACK_REQUESTED,
        JobEvent.APPROVAL_REQUESTED,
    }
    if status in FINISHED and (status, event) in JOB_TRANSITIONS:
        assert event in asked


def test_a_success_and_a_rollback_are_final():
    final = {JobStatus.SUCCEEDED, JobStatus.ROLLED_BACK}
    assert not [pair for pair in JOB_TRANSITIONS if pair[0] in final]


def test_a_step_that_failed_does_not_start_before_it_is_reopened():
    assert (StepStatus.FAILED, StepEvent.STARTED) not in STEP_TRANSITIONS


def test_a_succeeded_job_cannot_be_cancelled():
    assert (JobStatus.SUCCEEDED, JobEvent.CANCEL_REQUESTED) not in JOB_TRANSITIONS
