"""A job's progress as plain lines, one an event, for logs and pipes."""

from collections.abc import Iterator, Mapping
from typing import Any

from cli.advice import commands
from cli.alike_findings import alike
from cli.output import counted, duration, sign
from cli.progress import OVER, JobProgress, StepView, quorum_line

SHOWN_LINES = 10
NOTABLE_SECONDS = 1.0
"""Shorter waits are not told."""
JOB_NEWS = {"deferred": "waits", "resumed": "goes on"}
NEWS = {
    "started": "started",
    "retried": "failed, to be tried again",
    "succeeded": "done",
    "failed": "failed",
    "deferred": "waits, and looks again later",
    "interrupted": "interrupted",
    "reopened": "reopened",
    "left-out": "left out, as its hosts are lost",
    "undo-started": "being undone",
    "undo-retried": "undo failed, to be tried again",
    "undo-succeeded": "undone",
    "undo-not-needed": "has nothing to undo",
    "undo-skipped": "is not undone: its hosts are lost",
    "undo-failed": "undo failed",
}


def header(view: JobProgress) -> str:
    """Return the line that a followed job begins with."""
    steps = counted(len(view.steps), "step")
    return f"job {view.id}: {view.kind} {view.cluster}, {steps}, {view.status}"


def noted(view: JobProgress, at: float, text: str) -> str:
    """Return the line of what is noted of a job at a moment, such as how long it still takes."""
    return f"{_stamp(view, at)} · {text}"


def lines(view: JobProgress, event: Mapping[str, Any]) -> Iterator[str]:
    """Yield what there is to say of an event; ``view`` is the job after it."""
    stamp = _stamp(view, event["at"])
    subject, _, what = event["type"].partition(".")
    if event["type"] == "host.changed":
        yield f"{stamp} · {host_changed(event['data'])}"
    elif event["type"] == "job.closing-started":
        ends = event["data"].get("ends") or "before"
        yield f"{stamp} {sign(view.status)} job takes back what must not stay, then rests as {ends}"
    elif event["type"] == "job.replanned":
        differences = "; ".join(event["data"].get("difference") or ())
        yield f"{stamp} {sign(view.status)} job planned anew{differences and ': '}{differences}"
    elif event["type"] == "job.held-back":
        because = event["data"].get("because") or "windows and freezes are looked at anew"
        yield f"{stamp} {sign(view.status)} job waits for its window: {because}"
    elif event["type"] == "cluster.changed":
        names = ", ".join(sorted(event["data"].get("changed") or {}))
        yield f"{stamp} ! the cluster is not as it was seen before: {names}"
    elif subject == "job":
        yield f"{stamp} {sign(view.status)} job {JOB_NEWS.get(what, what)}"
    elif subject == "cluster":
        yield f"{stamp} · quorum: {quorum_line(view)}"
    elif event.get("step") is not None and event["step"] < len(view.steps):
        step = view.steps[event["step"]]
        text = _step(step, event, what) if subject == "step" else _host(step, event, what)
        if text:
            yield f"{stamp} {text}"


def _stamp(view: JobProgress, at: float) -> str:
    return f"[{max(at - (view.started or view.created), 0):.1f}s]"


def _step(step: StepView, event: Mapping[str, Any], what: str) -> str:
    name = f"{step.name} {step.subject}".strip()
    if what == "not-interrupted":
        goes_on = "is carried to its end, as it may not be interrupted"
        return f"{sign(step.status)} {name} {goes_on}: {at_most(step, event['at'])}"
    if what in {"deferred", "undo-deferred"} and step.waits_for:
        return f"{sign(step.status)} {name} waits{_for_what(step)}"
    if what == "resumed":
        return f"{sign(step.status)} {name} is taken over: {taken_over(event['data'])}"
    notes = []
    if step.finished is not None:
        notes.append(duration(step.seconds(event["at"])))
    if step.attempt > 1:
        notes.append(f"attempt {step.attempt}")
    if step.status in OVER and step.waited >= NOTABLE_SECONDS:
        notes.append(f"{duration(step.waited)} between attempts")
    tail = f" ({', '.join(notes)})" if notes else ""
    news = "" if what in {"started", "succeeded"} else f" {NEWS.get(what, what)}"
    if step.warnings:
        news = f" done with {counted(step.warnings, 'warning')}"
    if step.error and step.error.get("retry_in"):
        news += f" in {duration(step.error['retry_in'])}"
    return f"{sign(step.status)} {name}{news}{tail}{_cause(step, what)}"


def _cause(step: StepView, what: str) -> str:
    """Return why an attempt failed, once; a failure that ends the job is told in whole below."""
    if not step.error or what == "failed":
        return ""
    if step.alike > 1:
        return f": {step.alike} times the same"
    return f": {step.last_message}"


def _for_what(step: StepView) -> str:
    """Return what a step waits for and what may help, once; then that it does so still."""
    waits_for = step.waits_for or {}
    if step.looks > 1:
        return f" still, after {step.looks} looks"
    told = f": {waits_for['what']}" if waits_for.get("what") else ""
    return f"{told}\n  -> {waits_for['advice']}" if waits_for.get("advice") else told


def at_most(step: StepView, now: float) -> str:
    """Say how long a cancel has to wait for a step."""
    return f"at most {duration(max((step.ends_by or now) - now, 0.0))} more"


def taken_over(data: Mapping[str, Any]) -> str:
    """Say why another Celery worker goes on with a step."""
    owner = data.get("owner") or "?"
    if data.get("said"):
        return f"{data['said']} ({owner})"
    return f"Celery worker {owner} let its lease end: it was lost, or cut off from Redis"


def host_changed(data: Mapping[str, Any]) -> str:
    """Say what somebody has changed of a host since the job was planned."""
    rows = (data.get("changes") or {}).items()
    changes = ", ".join(
        f"{name} from {row.get('was') or 'nothing'} to {row.get('is') or 'nothing'}"
        for name, row in rows
    )
    return f"host {data.get('host', '?')} was changed: {changes or 'nothing'}"


def _host(step: StepView, event: Mapping[str, Any], what: str) -> str:
    """Return a host's news; that it works is no news without an operation.

    Why it failed is told with its step.
    """
    data = event["data"]
    if what == "running" and not data.get("operation"):
        return ""
    detail = "" if what == "failed" and data.get("operation") else data.get("detail") or ""
    activity = ": ".join(fact for fact in (data.get("operation") or "", detail) if fact)
    return f"  {sign(what)} {data.get('host', '?')} {what}{': ' + activity if activity else ''}"


def ending(view: JobProgress) -> Iterator[str]:
    """Yield what failed, where, with which last lines, and what to do next."""
    step, told = view.failed_step, Told()
    if step is not None and step.error is not None:
        yield f"{step.name} failed after {counted(step.attempt, 'attempt')}:"
        message = step.error.get("message", "")
        yield f"  {told.text(message)}"
        for row in step.error.get("failures") or ():
            yield from _failed_host(row, told)
        for finding in alike(step.error.get("findings") or ()):
            yield from _finding(finding, told)
        advice = step.error.get("advice")
        if advice and told.is_new(advice):
            yield f"  -> {told.text(advice)}"
    if not view.has_succeeded:
        yield from next_lines(view)


def next_lines(view: JobProgress) -> Iterator[str]:
    """Yield what to do next, and the commands that do it."""
    advice = ((view.failed_step and view.failed_step.error) or {}).get("advice")
    if view.next_action:
        yield f"next: {view.next_action.removesuffix(f': {advice}')}"
        yield from (f"  {command}" for command in commands(view.actions))


class Told:
    """The sentences that were told already: none is told twice."""

    def __init__(self) -> None:
        self._told: list[str] = []

    def is_new(self, text: str) -> bool:
        return not any(text in earlier for earlier in self._told)

    def text(self, text: str) -> str:
        self._told.append(text)
        return text


def notes(view: JobProgress) -> Iterator[str]:
    """Yield what it was asked for, without which hosts it goes, and what steps have noted."""
    if view.reference:
        yield asked_for(view.reference)
    if view.without:
        yield f"it goes without {', '.join(view.without)}, given up as lost"
    told = Told()
    for step in view.steps:
        if step.findings and not step.error:
            yield f"{step.name} had {counted(len(step.findings), 'finding')}:"
            for finding in alike(step.findings):
                yield from _finding(finding, told)


def asked_for(reference: Mapping[str, Any]) -> str:
    """Say what a job was asked for outside, and where people look at that."""
    where = f" <{reference['url']}>" if reference.get("url") else ""
    return f"asked for by {reference['source']}: {reference['subject']}{where}"


def _finding(finding: Mapping[str, Any], told: Told) -> Iterator[str]:
    where = f"{finding['host']}: " if finding.get("host") else ""
    message = told.text(finding["message"])
    also = f", also {', '.join(finding['also'])}" if finding["also"] else ""
    yield f"  {sign(finding['severity'])} {where}{message} [{finding['code']}]{also}"
    if finding.get("advice") and told.is_new(finding["advice"]):
        yield f"    -> {told.text(finding['advice'])}"


def _failed_host(row: Mapping[str, Any], told: Told) -> Iterator[str]:
    message = row.get("message") or ""
    facts = [told.text(message) if message and told.is_new(message) else row.get("operation") or ""]
    yield ": ".join([f"  {row['host']}", *filter(None, facts)])
    if row.get("command"):
        code = row.get("exit_code")
        yield f"    $ {row['command']}" + (f"  (exit code {code})" if code is not None else "")
    for line in (row.get("lines") or ())[-SHOWN_LINES:]:
        yield f"    | {line}"
    if row.get("advice") and told.is_new(row["advice"]):
        yield f"    -> {told.text(row['advice'])}"


def summary(view: JobProgress) -> str:
    """Return the line that a followed job ends with."""
    took = duration(view.seconds(view.finished or view.created))
    quorum = quorum_line(view)
    tail = f"; {quorum}" if quorum else ""
    if view.waited >= NOTABLE_SECONDS:
        took += f", at rest for {duration(view.waited)} in between"
    return f"{sign(view.status)} {view.kind} {view.cluster} {view.status} in {took}{tail}"
