"""The evidence of a job as the ledger has it; what looks like a secret is masked once more."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from deploy_scripts.fleet.redaction import redact
from workflows.events import Event
from workflows.evidence.bundle import bundle
from workflows.job_documents import job_document
from workflows.jobs import Job
from workflows.ledger.ledger import Ledger

PAGE = 1000
MOST_EVENTS = 20_000
"""Of one bundle; a job of 30 hosts has some 2000."""


def evidence_of(ledger: Ledger, job: Job) -> dict[str, Any]:
    """Return the evidence of a job, up to the moment at which it was read."""
    ids = {job.id, job.trace_id, job.waits_for or ""}
    events = [event.as_dict() for event in _events(ledger, job)]
    told = (_redacted(part, ids) for part in (job_document(job), dict(job.plan), events))
    return bundle(*told)


def _events(ledger: Ledger, job: Job) -> Iterator[Event]:
    last = 0
    while last < min(job.seq, MOST_EVENTS):
        page = ledger.events(job.id, after=last, limit=PAGE)
        if not page:
            return
        yield from (event for event in page if event.seq <= job.seq)
        last = page[-1].seq


def _redacted(value: Any, ids: Collection[str]) -> Any:
    # What was recorded has been redacted before; what a person wrote as a reason has not.
    if isinstance(value, str):
        return redact(value, keep=ids)
    if isinstance(value, Mapping):
        return {name: _redacted(inner, ids) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(inner, ids) for inner in value]
    return value
