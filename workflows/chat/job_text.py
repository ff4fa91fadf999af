"""What is told of a job in a chat: in a line, in a few, and why it failed; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from cluster.printable import short
from workflows.chat.answers import SHORT_ID
from workflows.jobs import Job
from workflows.states import JobStatus, StepStatus

MOST_LINES = 5
"""Of what a command has written."""
DONE = frozenset({StepStatus.DONE})


def job_line(job: Job) -> str:
    """Return a job in one line."""
    return f"{job.id[:SHORT_ID]} {job.kind} {job.cluster}: {job.status}{_progress(job)}"


def job_text(job: Job, left: str = "") -> str:
    """Return how far a job is, who has asked for it, and what is to be done next.

    ``left`` says how long it still takes; empty where nothing tells of it.
    """
    lines = [f"job {job_line(job)}"]
    lines += [f"asked for by {who(job.requested_by)}"] if job.requested_by else []
    lines += [f"approved by {who(job.approved_by)}"] if job.approved_by else []
    lines += [f"because {job.reason}"] if job.reason else []
    lines += [f"by past runs: {left}"] if left else []
    lines.append(f"next: {job.next_action}")
    return "\n".join(lines)


def why_text(job: Job) -> str:
    """Return what ended a job: which host, which command, and what to do next."""
    error = job.error or job.cause
    if error is None:
        return f"job {job_line(job)}\nnothing has failed; next: {job.next_action}"
    place = error.get("index", 0)
    title = job.steps[place].title if place < len(job.steps) else error.get("step", "")
    lines = [
        f"job {job_line(job)}",
        f"step {place + 1} of {len(job.steps)}, {title}: {error.get('message', '')}",
    ]
    for failure in error.get("failures") or ():
        lines += failure_lines(failure)
    lines += [f"! {row['message']}" for row in (error.get("findings") or ())[:MOST_LINES]]
    lines.append(f"next: {job.next_action}")
    return "\n".join(lines)


def failure_lines(failure: Mapping[str, Any]) -> Iterator[str]:
    """Yield what went wrong on one host: by which command, and what that wrote."""
    what = failure.get("operation") or failure.get("message") or "it failed"
    yield f"host {failure.get('host')}: {short(what)}"
    if command := failure.get("command"):
        code = failure.get("exit_code")
        yield f"  command: {short(command)}{'' if code is None else f' (exit code {code})'}"
    yield from (f"  {short(line)}" for line in (failure.get("lines") or ())[-MOST_LINES:])
    if advice := failure.get("advice"):
        yield f"  {short(advice)}"


def _progress(job: Job) -> str:
    if job.is_finished or not job.steps or job.status is JobStatus.AWAITING_APPROVAL:
        return ""
    done = sum(step.status in DONE for step in job.steps)
    current = next((step.title for step in job.steps if step.status not in DONE), "")
    return f", {done} of {len(job.steps)} steps done" + (f", {current}" if current else "")


def who(principal: str) -> str:
    """Return who asked, without the way by which they are known."""
    return principal.rpartition(":")[2] if principal.startswith("chat:") else principal
