"""What is to be done about a job next, in sentences; pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cluster.findings import Finding, Severity
from workflows.sites import start_one
from workflows.states import JobStatus
from workflows.step_records import StepRecord

NEXT_ACTION = {
    JobStatus.AWAITING_APPROVAL: "look at its plan, then approve or reject it, or have somebody "
    "else do so where you have asked for it; until then it holds neither the cluster nor hosts",
    JobStatus.QUEUED: "it starts when the jobs before it on this cluster are finished",
    JobStatus.RUNNING: "nothing is to be done; follow it, or cancel it",
    JobStatus.WAITING: "it looks again by itself; retry has it look at once, and cancel ends it",
    JobStatus.CANCELLING: "it stops at the next safe point",
    JobStatus.CLOSING: "it takes back what must not stay, then rests",
    JobStatus.ROLLING_BACK: "what was done is being undone, last step first",
    JobStatus.SUCCEEDED: "nothing is to be done",
    JobStatus.FAILED: "mend the cause, then retry from the failed step, or roll back",
    JobStatus.CANCELLED: "what is done is kept: retry to go on, or roll back to undo it",
    JobStatus.ROLLED_BACK: "the hosts are free again; mend the cause, then ask for the change anew",
    JobStatus.STUCK: "a rollback failed: look at the failing host, mend it, then roll back again",
    JobStatus.REJECTED: "nothing was done: plan a change that both agree to",
    JobStatus.EXPIRED: "nobody approved it in time, and nothing was done: ask for the change anew",
    JobStatus.OUTDATED: "the cluster changed, and nothing was done: look at what differs, then "
    "plan the change anew",
}
NOTHING_BEGUN = "it was cancelled before anything was done: retry to have it done after all"
OVERTAKEN = (
    "job {} has changed cluster {} since, so this one neither goes on nor back: look at the "
    "cluster, and ask for what is still missing as a new change"
)
OVERTAKEN_IN_WAITING = (
    "job {} has changed cluster {} since, so this plan cannot be approved any more: look at the "
    "cluster, reject this job, and ask for what is still missing as a new change"
)
ASKS = "it waits for a person, since {}: {}, then retry, and it looks again"
TO_ITS_END = "it stops when step {}, {!r}, has ended: that may not be interrupted half-way"


def unserved(site: str, can: Collection[str]) -> str:
    """Say why nothing happens, and what of it a job ``can`` be asked for all the same."""
    sentence = f"no Celery worker serves site {site}, so nothing happens: {start_one(site)}"
    return f"{sentence}; or cancel it" if "cancel" in can else sentence


def held_back(since: float, opens: float | None, held_by: str) -> str:
    """Say since when and until when a job waits for its window, and how not to wait."""
    begins = f"begins {_minute(opens)}" if opens else "is looked at anew when they are changed"
    because = f" ({held_by})" if held_by else ""
    return (
        f"it waits since {_minute(since)} for its maintenance window or the end of a freeze"
        f"{because}, and {begins}; until then it keeps its hosts, and neither the cluster nor a "
        "place in its queue; cancel it if it is not to be done, or, as an admin, cancel it and "
        "retry it with outside-window or cluster-frozen accepted to have it begin at once"
    )


def _minute(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def failed_with(cause: Mapping[str, Any], title: str) -> str:
    """Say what a job failed with before it was rolled back, and what to do about that."""
    advice = f": {cause['advice']}" if cause.get("advice") else ""
    return f"it failed at step {cause['index'] + 1}, {title!r}: {cause['message']}{advice}"


def closing(ends: str, why: str, owed: Sequence[StepRecord]) -> str:
    """Say what a job does before it rests, and why: ``why`` is empty where it was cancelled."""
    to_do = ", then ".join(f"step {step.index + 1}, {step.title!r}" for step in owed)
    because = f"it {why}" if why else "it was told to stop"
    return f"{because}; before it rests as {ends} it carries out {to_do}"


def left_open(steps: Sequence[StepRecord]) -> list[Finding]:
    """Return for each step that was to take something back, and did not, what is there still."""
    return [
        Finding(
            "not-taken-back",
            Severity.WARN,
            f"what step {opener.index + 1}, {opener.title!r}, did is there still: step "
            f"{step.index + 1}, {step.title!r}, did not take it back",
            f"mend what keeps step {step.index + 1} from its work, then retry, or roll back",
        )
        for step in steps
        if step.is_owed and step.closes is not None
        for opener in [steps[step.closes]]
    ]
