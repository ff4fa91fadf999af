"""The one message of a job in a chat, as the job stands now; pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cluster.printable import short
from workflows.chat.answers import PRESSABLE, SHORT_ID, Button, buttons_for, time_of
from workflows.chat.job_text import failure_lines, who
from workflows.states import CARRIED_OUT, JobStatus, StepStatus

MARKS = {
    JobStatus.AWAITING_APPROVAL: "⏸",
    JobStatus.QUEUED: "…",
    JobStatus.SUCCEEDED: "✓",
    JobStatus.FAILED: "✗",
    JobStatus.STUCK: "✗",
    **dict.fromkeys(CARRIED_OUT, "▶"),
}
"""What stands before a job's title; a point for what has ended otherwise."""
STEP_MARKS = {
    StepStatus.DONE: "✓",
    StepStatus.FAILED: "✗",
    StepStatus.STUCK: "✗",
    StepStatus.RUNNING: "▶",
    StepStatus.UNDOING: "▶",
    StepStatus.RETRYING: "↻",
    StepStatus.WAITING: "⏳",
    StepStatus.PENDING: "·",
}
OTHER_MARK = "◦"
PLAIN = {StepStatus.DONE, StepStatus.PENDING, StepStatus.RUNNING}
"""What a step's mark says well enough without a word."""
BAR = 20
"""Signs of the bar."""
MOST_STEPS, MOST_FAILURES, MOST_FINDINGS, LONGEST_LINE = 16, 3, 5, 200
FAILED = {JobStatus.FAILED, JobStatus.STUCK}


@dataclass(frozen=True, slots=True)
class JobMessage:
    """What a chat shows of a job, before any chat's own form."""

    title: str
    lines: tuple[str, ...]
    """What matters most stands first: whoever has no room leaves the last ones out."""
    drawing: tuple[str, ...] = ()
    """The cluster as the job has left it, in lines whose signs stand below each other."""
    link: str = ""
    """Where people look at the job; empty where nobody has said."""
    buttons: tuple[Button, ...] = ()


def job_message(
    job: Mapping[str, Any],
    *,
    page: str = "",
    drawing: str = "",
    at: float = 0.0,
    with_buttons: bool = False,
) -> JobMessage:
    """Return the message of a job, as ``Job.as_dict`` tells it.

    ``at`` is now, in seconds since 1970: the buttons are good for a day from then.
    """
    status = JobStatus(job["status"])
    mark = MARKS.get(status, OTHER_MARK)
    title = f"{mark} {job['kind']} {job['cluster']}: {status} ({job['id'][:SHORT_ID]})"
    return JobMessage(
        short(title, LONGEST_LINE),
        tuple(short(line, LONGEST_LINE) for line in _lines(job, status)),
        tuple(drawing.splitlines()) if status is JobStatus.SUCCEEDED else (),
        page,
        _buttons(job, at) if with_buttons else (),
    )


def _lines(job: Mapping[str, Any], status: JobStatus) -> Iterator[str]:
    yield from _people(job)
    steps = job["steps"]
    done = sum(step["status"] == StepStatus.DONE for step in steps)
    if steps:
        yield f"{bar(done, len(steps))} {done} of {len(steps)} steps done"
    if status in FAILED and job["error"]:
        yield from _error(job["error"], steps)
    if quorum := _quorum(job.get("quorum") or {}):
        yield quorum
    if status is not JobStatus.SUCCEEDED:
        yield f"next: {job['next_action']}"
    yield from _steps(steps)


def _people(job: Mapping[str, Any]) -> Iterator[str]:
    asked, agreed = _name(job, "requested_by"), _name(job, "approved_by")
    told = [f"asked for by {asked}" if asked else "", f"approved by {agreed}" if agreed else ""]
    if line := ", ".join(filter(None, told)):
        yield line
    if reason := job.get("reason"):
        yield f"because {reason}"


def _name(job: Mapping[str, Any], field: str) -> str:
    return str(job.get(f"{field}_name") or who(job.get(field) or ""))


def bar(done: int, all_of_them: int) -> str:
    """Return how much is done, in signs of one width; full only where all is."""
    full = done * BAR // max(all_of_them, 1)
    return "█" * full + "░" * (BAR - full)


def _steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line a step; of many, those around the one that is at work."""
    ahead = sum(step["status"] in {StepStatus.DONE, StepStatus.LEFT_OUT} for step in steps)
    first = max(min(ahead - MOST_STEPS // 2, len(steps) - MOST_STEPS), 0)
    if first:
        yield f"{first} earlier steps"
    for step in steps[first : first + MOST_STEPS]:
        yield _step(step)
    if len(steps) > first + MOST_STEPS:
        yield f"{len(steps) - first - MOST_STEPS} later steps"


def _step(step: Mapping[str, Any]) -> str:
    status = StepStatus(step["status"])
    word = "" if status in PLAIN else f": {str(status).replace('-', ' ')}"
    seconds = step.get("seconds") if status is StepStatus.DONE else None
    took = "" if seconds is None else f" ({seconds:.0f} s)"
    waits = step.get("waits_for") or {}
    what = f" for {waits['what']}" if waits.get("what") else ""
    return f"{STEP_MARKS.get(status, OTHER_MARK)} {step['title']}{word}{what}{took}"


def _error(error: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    place = error.get("index", 0)
    title = steps[place]["title"] if place < len(steps) else error.get("step", "")
    yield f"step {place + 1} of {len(steps)}, {title}: {error.get('message', '')}"
    failures = error.get("failures") or ()
    for failure in failures[:MOST_FAILURES]:
        yield from failure_lines(failure)
    if len(failures) > MOST_FAILURES:
        yield f"and {len(failures) - MOST_FAILURES} more hosts"
    for finding in (error.get("findings") or ())[:MOST_FINDINGS]:
        yield f"! {finding['message']}"


def _quorum(quorum: Mapping[str, Any]) -> str:
    """Return the voters before, at the narrowest moment and afterwards, as far as they are told."""
    moments = (("before", "before"), ("during", "at least"), ("expected", "afterwards"))
    told = [f"{_voters(quorum[name])} {word}" for name, word in moments if quorum.get(name)]
    return f"voters alive: {', '.join(told)}" if told else ""


def _voters(margin: Mapping[str, Any]) -> str:
    return f"{margin['voters_alive']} of {margin['voters']}"


def _buttons(job: Mapping[str, Any], at: float) -> tuple[Button, ...]:
    asked = {row["action"].removesuffix("-job") for row in job["actions"]}
    can = [verb for verb in PRESSABLE if verb in asked]
    # Of one state of a job the buttons are the same, however often the message is edited.
    epoch = time_of(job["status"], job["epoch"])
    nonce = f"{job['id'][:12]}{epoch:x}"
    return buttons_for(job["id"], can, job["plan_digest"], epoch, at=at, nonce=nonce)


def fitted(message: JobMessage, room: int, plain: Callable[[str], str]) -> tuple[str, str]:
    """Return text and drawing, each as a chat shows it, in so many signs at most.

    The drawing goes first where there is no room, then the last lines; no line is cut.
    """
    lines: list[str] = []
    left = room
    for shown in map(plain, message.lines):
        if len(shown) + 1 > left:
            break
        lines.append(shown)
        left -= len(shown) + 1
    needed = sum(len(line) + 1 for line in message.drawing)
    return "\n".join(lines), "\n".join(message.drawing) if needed <= left else ""
