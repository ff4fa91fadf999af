"""A job's progress as plain lines, one an event, for logs and pipes."""

from collections.abc import Iterator, Mapping
from typing import Any

from cli.output import duration, sign
from cli.progress import JobView, StepView, quorum_line

SHOWN_LINES = 10
NEWS = {
    "started": "started",
    "retried": "failed, to be tried again",
    "succeeded": "done",
    "failed": "failed",
    "interrupted": "interrupted",
    "reopened": "reopened",
    "undo-started": "being undone",
    "undo-retried": "undo failed, to be tried again",
    "undo-succeeded": "undone",
    "undo-failed": "undo failed",
}


def header(view: JobView) -> str:
    """Return the line that a followed job begins with."""
    return f"job {view.id}: {view.kind} {view.cluster}, {len(view.steps)} steps, {view.status}"


def lines(view: JobView, event: Mapping[str, Any]) -> Iterator[str]:
    """Yield what there is to say of an event; ``view`` is the job after it."""
    stamp = f"[{max(event['at'] - (view.started or view.created), 0):.1f}s]"
    subject, _, what = event["type"].partition(".")
    if subject == "job":
        yield f"{stamp} {sign(view.status)} job {what}"
    elif subject == "cluster":
        yield f"{stamp} · quorum: {quorum_line(view)}"
    elif event.get("step") is not None and event["step"] < len(view.steps):
        step = view.steps[event["step"]]
        text = _step(step, event, what) if subject == "step" else _host(step, event, what)
        if text:
            yield f"{stamp} {text}"


def _step(step: StepView, event: Mapping[str, Any], what: str) -> str:
    notes = []
    if step.finished is not None:
        notes.append(duration(step.seconds(event["at"])))
    if step.attempt > 1:
        notes.append(f"attempt {step.attempt}")
    tail = f" ({', '.join(notes)})" if notes else ""
    name = f"{step.name} {step.subject}".strip()
    said = "" if what in {"started", "succeeded"} else f" {NEWS.get(what, what)}"
    message = f": {step.error['message']}" if step.error else ""
    return f"{sign(step.status)} {name}{said}{tail}{message}"


def _host(step: StepView, event: Mapping[str, Any], what: str) -> str:
    """Return a host's news; that it works is no news without an operation."""
    data = event["data"]
    if what == "running" and not data.get("operation"):
        return ""
    facts = [data.get("operation") or step.name, data.get("detail") or ""]
    said = ": ".join(fact for fact in facts if fact)
    return f"  {sign(what)} {data.get('host', '?')} {what}: {said}"


def failure(view: JobView) -> Iterator[str]:
    """Yield what failed, where, with which last lines, and what to do next."""
    step = view.failed_step
    if step is not None and step.error is not None:
        yield f"{step.name} failed after {step.attempt} attempt{'s' if step.attempt > 1 else ''}:"
        yield f"  {step.error.get('message', '')}"
        for row in step.error.get("failures") or ():
            yield from _failed_host(row)
        for finding in step.error.get("findings") or ():
            yield from _finding(finding)
    if not view.has_succeeded and view.next_action:
        yield f"next: {view.next_action}"


def notes(view: JobView) -> Iterator[str]:
    """Yield what steps warned of or noted though they succeeded."""
    for step in view.steps:
        if step.findings and not step.error:
            count = len(step.findings)
            yield f"{step.name} had {count} finding{'s' if count > 1 else ''}:"
            for finding in step.findings:
                yield from _finding(finding)


def _finding(finding: Mapping[str, Any]) -> Iterator[str]:
    where = f"{finding['host']}: " if finding.get("host") else ""
    yield f"  {sign(finding['severity'])} {where}{finding['message']} [{finding['code']}]"
    if finding.get("advice"):
        yield f"    -> {finding['advice']}"


def _failed_host(row: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {row['host']}: {row.get('message', '')}"
    if row.get("command"):
        yield f"    $ {row['command']}"
    for line in (row.get("lines") or ())[-SHOWN_LINES:]:
        yield f"    | {line}"
    if row.get("advice"):
        yield f"    -> {row['advice']}"


def summary(view: JobView) -> str:
    """Return the line that a followed job ends with."""
    took = duration(view.seconds(view.finished or view.created))
    quorum = quorum_line(view)
    tail = f"; {quorum}" if quorum else ""
    return f"{sign(view.status)} {view.kind} {view.cluster} {view.status} in {took}{tail}"
