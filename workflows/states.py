"""The state machine of jobs and steps: two tables, and nothing else decides a status.

``ledger.lua`` carries these tables into Redis and is the only writer of a status.
"""

from enum import StrEnum


class StepStatus(StrEnum):
    """Where one step of a job stands."""

    PENDING = "pending"  # not begun, or interrupted by a cancel, or reopened by a retry
    RUNNING = "running"  # a Celery worker holds its lease
    RETRYING = "retrying"  # a transient error; waits until it is due again
    WAITING = "waiting"  # it looked, and what it needs is not there yet
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"
    NOTHING_TO_UNDO = "nothing-to-undo"  # a rollback passed it: it changes nothing
    SKIPPED = "skipped"  # a rollback passed it: its hosts are lost, and nothing was undone on them
    STUCK = "stuck"  # its undo failed: a person has to look
    LEFT_OUT = "left-out"  # the hosts that it was for are lost for good: it is not tried any more


class StepEvent(StrEnum):
    """What can happen to a step."""

    STARTED = "started"
    RETRIED = "retried"
    DEFERRED = "deferred"  # no error: it looks again later, or when a person says so
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # cancelled at a point that it declares safe, or between attempts
    REOPENED = "reopened"  # a person asked for a retry
    LEFT_OUT = "left-out"  # a person asked for a retry without its hosts
    UNDO_STARTED = "undo-started"
    UNDO_RETRIED = "undo-retried"
    UNDO_DEFERRED = "undo-deferred"
    UNDO_SUCCEEDED = "undo-succeeded"
    UNDO_NOT_NEEDED = "undo-not-needed"
    UNDO_SKIPPED = "undo-skipped"
    UNDO_FAILED = "undo-failed"


class JobStatus(StrEnum):
    """Where a job stands."""

    AWAITING_APPROVAL = "awaiting-approval"  # a person has to agree; it holds nothing until then
    QUEUED = "queued"  # waits for the job that holds its cluster
    RUNNING = "running"
    WAITING = "waiting"  # its step waits, for a moment or for a person; it holds its cluster
    CANCELLING = "cancelling"  # stops at the next safe point
    CLOSING = "closing"  # failed or cancelled, and takes back what must not stay before it rests
    ROLLING_BACK = "rolling-back"
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # stopped; what is done is kept; retry or rollback
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled-back"
    STUCK = "stuck"  # a rollback failed: a person has to look
    REJECTED = "rejected"  # a person did not agree
    EXPIRED = "expired"  # nobody agreed in time
    OUTDATED = "outdated"  # the cluster changed: what was agreed to is not what would happen


class JobEvent(StrEnum):
    """What can happen to a job."""

    APPROVAL_REQUESTED = "approval-requested"  # it was cancelled before anybody had agreed
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    STARTED = "started"
    DEFERRED = "deferred"
    RESUMED = "resumed"
    CANCEL_REQUESTED = "cancel-requested"
    CLOSING_STARTED = "closing-started"
    CANCELLED = "cancelled"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RETRY_REQUESTED = "retry-requested"
    ROLLBACK_REQUESTED = "rollback-requested"
    ROLLBACK_STARTED = "rollback-started"
    ROLLED_BACK = "rolled-back"
    STUCK = "stuck"
    OUTDATED = "outdated"
    BACK_TO_FAILED = "back-to-failed"  # it waited to go on, and does not
    BACK_TO_CANCELLED = "back-to-cancelled"
    BACK_TO_STUCK = "back-to-stuck"


S, E, J, K = StepStatus, StepEvent, JobStatus, JobEvent

STEP_TRANSITIONS: dict[tuple[StepStatus, StepEvent], StepStatus] = {
    (S.PENDING, E.STARTED): S.RUNNING,
    (S.RUNNING, E.STARTED): S.RUNNING,  # its lease ran out: the Celery worker was lost
    (S.RETRYING, E.STARTED): S.RUNNING,
    (S.WAITING, E.STARTED): S.RUNNING,
    (S.RUNNING, E.RETRIED): S.RETRYING,
    (S.RUNNING, E.DEFERRED): S.WAITING,
    (S.RUNNING, E.SUCCEEDED): S.DONE,
    (S.RUNNING, E.FAILED): S.FAILED,
    (S.RUNNING, E.INTERRUPTED): S.PENDING,
    (S.RETRYING, E.INTERRUPTED): S.PENDING,  # there is no next attempt to wait for
    (S.WAITING, E.INTERRUPTED): S.PENDING,
    (S.FAILED, E.REOPENED): S.PENDING,
    (S.DONE, E.REOPENED): S.PENDING,  # it only looked, or what it did was taken back
    (S.RETRYING, E.REOPENED): S.PENDING,
    (S.PENDING, E.LEFT_OUT): S.LEFT_OUT,
    (S.RETRYING, E.LEFT_OUT): S.LEFT_OUT,
    (S.FAILED, E.LEFT_OUT): S.LEFT_OUT,
    (S.PENDING, E.UNDO_STARTED): S.UNDOING,  # interrupted: it may be half applied
    (S.RETRYING, E.UNDO_STARTED): S.UNDOING,
    (S.DONE, E.UNDO_STARTED): S.UNDOING,
    (S.FAILED, E.UNDO_STARTED): S.UNDOING,  # a failed step may be half applied
    (S.STUCK, E.UNDO_STARTED): S.UNDOING,
    (S.LEFT_OUT, E.UNDO_STARTED): S.UNDOING,  # it may be half applied, as far as others know of it
    (S.UNDOING, E.UNDO_STARTED): S.UNDOING,  # its lease ran out, or it is due again
    (S.UNDOING, E.UNDO_RETRIED): S.UNDOING,
    (S.UNDOING, E.UNDO_DEFERRED): S.UNDOING,
    (S.UNDOING, E.UNDO_SUCCEEDED): S.UNDONE,
    (S.UNDOING, E.UNDO_NOT_NEEDED): S.NOTHING_TO_UNDO,
    (S.UNDOING, E.UNDO_SKIPPED): S.SKIPPED,
    (S.UNDOING, E.UNDO_FAILED): S.STUCK,
}

JOB_TRANSITIONS: dict[tuple[JobStatus, JobEvent], JobStatus] = {
    (J.AWAITING_APPROVAL, K.APPROVED): J.QUEUED,
    (J.AWAITING_APPROVAL, K.REJECTED): J.REJECTED,
    (J.AWAITING_APPROVAL, K.EXPIRED): J.EXPIRED,
    (J.AWAITING_APPROVAL, K.CANCELLED): J.CANCELLED,
    (J.CANCELLED, K.APPROVAL_REQUESTED): J.AWAITING_APPROVAL,
    (J.QUEUED, K.STARTED): J.RUNNING,
    (J.QUEUED, K.ROLLBACK_STARTED): J.ROLLING_BACK,
    (J.QUEUED, K.CANCELLED): J.CANCELLED,
    (J.QUEUED, K.BACK_TO_FAILED): J.FAILED,
    (J.QUEUED, K.BACK_TO_CANCELLED): J.CANCELLED,
    (J.QUEUED, K.BACK_TO_STUCK): J.STUCK,
    (J.RUNNING, K.DEFERRED): J.WAITING,
    (J.WAITING, K.RESUMED): J.RUNNING,
    (J.WAITING, K.RETRY_REQUESTED): J.RUNNING,  # it looks again at once
    (J.WAITING, K.CANCELLED): J.CANCELLED,
    (J.RUNNING, K.CANCEL_REQUESTED): J.CANCELLING,
    (J.RUNNING, K.SUCCEEDED): J.SUCCEEDED,
    (J.RUNNING, K.FAILED): J.FAILED,
    (J.RUNNING, K.OUTDATED): J.OUTDATED,
    (J.RUNNING, K.ROLLBACK_STARTED): J.ROLLING_BACK,  # the change said on_failure: rollback
    (J.CANCELLING, K.CANCELLED): J.CANCELLED,
    (J.CANCELLING, K.SUCCEEDED): J.SUCCEEDED,  # the last step was past its safe point
    (J.CANCELLING, K.FAILED): J.FAILED,
    (J.RUNNING, K.CLOSING_STARTED): J.CLOSING,
    (J.WAITING, K.CLOSING_STARTED): J.CLOSING,
    (J.CANCELLING, K.CLOSING_STARTED): J.CLOSING,
    (J.CLOSING, K.FAILED): J.FAILED,
    (J.CLOSING, K.CANCELLED): J.CANCELLED,
    (J.FAILED, K.RETRY_REQUESTED): J.QUEUED,
    (J.CANCELLED, K.RETRY_REQUESTED): J.QUEUED,
    (J.FAILED, K.ROLLBACK_REQUESTED): J.QUEUED,
    (J.CANCELLED, K.ROLLBACK_REQUESTED): J.QUEUED,
    (J.STUCK, K.ROLLBACK_REQUESTED): J.QUEUED,
    (J.ROLLING_BACK, K.ROLLED_BACK): J.ROLLED_BACK,
    (J.ROLLING_BACK, K.STUCK): J.STUCK,
}

FINISHED = frozenset(
    {
        *(J.SUCCEEDED, J.FAILED, J.CANCELLED, J.ROLLED_BACK, J.STUCK),
        *(J.REJECTED, J.EXPIRED, J.OUTDATED),
    }
)
"""Job statuses in which nothing moves until a person asks for it."""

PASSED = frozenset({S.UNDONE, S.NOTHING_TO_UNDO, S.SKIPPED})
"""Step statuses that a rollback has behind it."""

CARRIED_OUT = frozenset({J.RUNNING, J.WAITING, J.CANCELLING, J.CLOSING, J.ROLLING_BACK})
"""Job statuses in which Celery workers have something to do, now or later."""


class IllegalTransition(Exception):
    """An event arrived that the table does not allow in this status."""
