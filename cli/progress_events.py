"""What each event changes of how a job stands; pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cli.progress import FINISHED, HostView, JobProgress, StepView, at_work, host_view

GOES_ON = frozenset({"running", "waiting"})
"""Job statuses in which it is told how long a job still takes."""


def at_start(view: JobProgress) -> JobProgress:
    """Return the job as it was before its first event, to fold all of them."""
    steps = tuple(map(_not_begun, view.steps))
    return replace(
        view,
        status="queued",
        seq=0,
        started=None,
        finished=None,
        worked=None,
        running_since=None,
        steps=steps,
        quorum_now=None,
        estimate=None,
    )


def changes_plan(event: Mapping[str, Any]) -> bool:
    """Whether the job may have other steps from this event on, or has some of them before it again.

    Events do not tell which: whoever folds them reads the job.
    """
    return event["type"] in {"job.replanned", "job.retry-requested", "step.reopened"}


def changes_estimate(event: Mapping[str, Any]) -> bool:
    """Whether it is known otherwise from this event on when the job ends; the record tells."""
    return event["type"] in {"step.started", "job.deferred"}


def with_plan_of(view: JobProgress, read: JobProgress) -> JobProgress:
    """Return a folded job with the steps of a later reading.

    What was told of steps that are still there stays, but for hosts that a step is not for any
    more, or that it has before it again.
    """
    kept = len(view.steps)
    steps = [
        _as_planned(view.steps[index], step) if index < kept else _not_begun(step)
        for index, step in enumerate(read.steps)
    ]
    return replace(view, steps=tuple(steps), without=read.without)


def _as_planned(step: StepView, read: StepView) -> StepView:
    if step.name != read.name or not read.attempt:
        return _not_begun(read)
    is_open = read.status == "pending"
    hosts = {
        name: host if is_open and host.status == "pending" else step.hosts.get(name, host)
        for name, host in read.hosts.items()
    }
    return replace(step, title=read.title, hosts=hosts, planned=read.planned)


def _not_begun(step: StepView) -> StepView:
    hosts = dict.fromkeys(step.planned, HostView())
    return StepView(step.name, step.title, hosts=hosts, planned=step.planned)


def fold(view: JobProgress, event: Mapping[str, Any]) -> JobProgress:
    """Return the job after an event; one that was seen already changes nothing."""
    if event["seq"] <= view.seq:
        return view
    view = replace(view, seq=event["seq"])
    subject, _, what = event["type"].partition(".")
    if subject == "job":
        return _fold_job(view, event, what)
    if event["type"] == "cluster.observed":
        return replace(view, quorum_now=event["data"])
    index = event.get("step")
    if index is None or not 0 <= index < len(view.steps):
        return view
    steps = list(view.steps)
    change = _fold_step if subject == "step" else _fold_host
    steps[index] = change(steps[index], event, what)
    return replace(view, steps=tuple(steps))


def _fold_job(view: JobProgress, event: Mapping[str, Any], what: str) -> JobProgress:
    status, at = event["status"] or view.status, event["at"]
    waiting, rests = status == "queued", status in FINISHED
    begins = what in {"started", "rollback-started"}
    since = view.running_since or (at if begins else None)
    return replace(
        view,
        status=status,
        started=view.started or (at if begins else None),
        finished=at if rests else None,
        worked=at_work(view.worked, since, at) if rests else view.worked,
        running_since=None if rests else since,
        position=view.position if waiting else 0,
        waits_for=view.waits_for if waiting else None,
        held_by=str(event["data"].get("because") or "") if what == "held-back" else "",
        estimate=view.estimate if status in GOES_ON else None,
    )


def _fold_step(step: StepView, event: Mapping[str, Any], what: str) -> StepView:
    status, data, at = event["status"] or step.status, event["data"], event["at"]
    if what in {"started", "undo-started"}:
        undo = what == "undo-started" and step.status != "undoing"
        return replace(
            step,
            status=status,
            attempt=data.get("attempt", step.attempt + 1),
            started=step.started or at,
            finished=None,
            running_since=at,
            ends_by=None,
            error=None,
            waits_for=None,
            hosts={name: _reopened(host, undo=undo) for name, host in step.hosts.items()},
        )
    if what == "not-interrupted":
        return replace(step, ends_by=data.get("ends_by"))
    if what == "resumed":
        ended = data.get("lease_ended", at)
        worked = at_work(step.worked, step.running_since, ended)
        return replace(step, worked=worked, running_since=None)
    if what in {"deferred", "undo-deferred"}:
        step = replace(step, waits_for=data, looks=_looks(step, data), last_what=_what(data))
    elif what != "reopened":
        step = replace(step, waits_for=None, looks=0, last_what="")
    error = data if what in {"retried", "failed", "undo-retried", "undo-failed"} else None
    message = str(error.get("message", "")) if error else step.last_message
    return replace(
        step,
        status=status,
        finished=at if what != "reopened" else None,
        worked=at_work(step.worked, step.running_since, at),
        running_since=None,
        ends_by=None,
        error=error,
        warnings=int(data.get("warnings") or 0) if what == "succeeded" else 0,
        last_message=message,
        alike=(step.alike + 1 if message == step.last_message else 1) if error else step.alike,
    )


def _what(waits_for: Mapping[str, Any]) -> str:
    return str(waits_for.get("what") or "")


def _looks(step: StepView, waits_for: Mapping[str, Any]) -> int:
    return step.looks + 1 if _what(waits_for) == step.last_what else 1


def _reopened(host: HostView, *, undo: bool) -> HostView:
    """A host that is done stays done in another attempt; an undo begins anew with all."""
    return host if host.status == "done" and not undo else HostView()


def _fold_host(step: StepView, event: Mapping[str, Any], what: str) -> StepView:
    data = event["data"]
    name = data.get("host")
    if not name:
        return step
    return replace(step, hosts={**step.hosts, name: host_view({"status": what, **data})})
