"""What is written into a ticket, and when: few notes, and at the end the evidence; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from workflows.evidence.bundle import bundle
from workflows.notifiers.notifier import News
from workflows.references import safe_link

WHEN = {
    "accepted": "accepted",
    "approval-requested": "approval",
    "started": "start",
    "succeeded": "success",
    **dict.fromkeys(
        ("failed", "cancelled", "rolled-back", "stuck", "rejected", "expired", "outdated"),
        "failure",
    ),
}
"""The news of a job that a ticket hears, and how a setting calls the moment."""
ENDS = ("success", "failure")
CLOCKS_DIFFER = 3600.0
"""Seconds by which a receiver's clock may be behind."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note of a ticket."""

    when: str
    """``accepted``, ``approval``, ``start``, ``success`` or ``failure``."""
    lines: tuple[str, ...]
    marker: str
    """A line by which it is found again; no sign of it means anything in any markup.

    It stands before the evidence: of a long list of notes a part may be all that is read.
    """
    job: str
    page: str
    """Where people look at the job; empty where nobody has said."""
    since: str
    """When the job was made: no note of it is older."""
    evidence: Mapping[str, Any] | None = None
    """Of a job that has come to rest."""


def note_of(news: News) -> Note | None:
    """Return the note that a ticket hears of some news, or nothing for all that lies between."""
    event = news.type.rpartition("job.")[2]
    when = WHEN.get(event)
    if when is None:
        return None
    if when == "accepted" and news.job.get("status") == "awaiting-approval":
        when = "approval"
    lines = tuple(filter(None, _lines(event, when, news)))
    marker = f"Clusterwright, job {str(news.job['id'])[:12]}, news {news.sequence}."
    evidence = _evidence(news) if when in ENDS else None
    since = datetime.fromtimestamp(max(news.job["created"] - CLOCKS_DIFFER, 0.0), UTC)
    return Note(
        when,
        lines,
        marker,
        str(news.job["id"]),
        safe_link(news.page),
        f"{since:%Y-%m-%dT%H:%M:%SZ}",
        evidence,
    )


def _evidence(news: News) -> Mapping[str, Any]:
    # Where whoever tells has not read the job's log, its document alone is the evidence.
    return news.evidence or bundle(news.job, {}, ())


def _lines(event: str, when: str, news: News) -> tuple[str, ...]:
    job = news.job
    what = f"{job['kind']} of cluster {job['cluster']}"
    if when == "accepted":
        count = len(job.get("steps") or ())
        return (f"Accepted: {what}, in {count} step{'' if count == 1 else 's'}.",)
    if when == "approval":
        until = f" until {job['expires_time']}" if job.get("expires_time") else ""
        digest = f"Its plan is {job.get('plan_digest')}."
        return f"Approval is wanted{until}: {what}.", digest
    if when == "start":
        return (f"Started: {what}.",)
    return _ended(event, what, job)


def _ended(event: str, what: str, job: Mapping[str, Any]) -> tuple[str, ...]:
    seconds = job.get("seconds")
    after = "" if seconds is None else f" after {round(seconds, 1):g} s at work"
    error = (job.get("error") or {}).get("message") or ""
    told = "" if event == "succeeded" else f"What to do next: {job.get('next_action') or 'look'}."
    return f"{event.capitalize()}{after}: {what}.", error and f"Cause: {error}.", told
