"""A job as it is answered, kept until it changes: a poll of an unchanged job costs a short read."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for

from api.advice import with_requests
from api.times_left import TimesLeft
from workflows.job_documents import job_document
from workflows.jobs import Job
from workflows.ledger.ledger import Ledger

MOST_KEPT = 256
"""Answers of one process; each is some kilobytes, about 40 for a job of 30 hosts."""


@dataclass(frozen=True, slots=True)
class JobAnswer:
    """One state of a job, written out."""

    path: str
    seq: int
    is_finished: bool
    body: bytes
    etag: str


class JobAnswers:
    """The answers that this process gave last; the ledger's stamp tells whether they still hold."""

    def __init__(self, ledger: Ledger, times_left: TimesLeft, most: int = MOST_KEPT) -> None:
        self._ledger, self._times_left, self._most = ledger, times_left, most
        self._kept: OrderedDict[str, tuple[str, JobAnswer]] = OrderedDict()

    def find(self, job_id: str) -> JobAnswer:
        """Return the job as it is now. Raises ``JobNotFound``."""
        # The stamp is read first: a change in between is then written out once more, never missed.
        stamp = self._ledger.stamp(job_id)
        kept = self._kept.get(job_id)
        if kept and kept[0] == stamp:
            self._kept.move_to_end(job_id)
            return kept[1]
        job = self._ledger.job(job_id)
        answer = written(job, self._times_left.of(job))
        self._kept[job_id] = (stamp, answer)
        self._kept.move_to_end(job_id)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return answer


def written(job: Job, estimate: Mapping[str, Any] | None = None, **more: Any) -> JobAnswer:
    """Write a job out, with what may be asked of it, and ``more`` that is about one request.

    The entity tag names the state of the job. What is estimated of that is no part of it: another
    server process may have read other past runs, and ``If-Match`` is about the job.
    """
    path = url_for("jobs.show_job", job_id=job.id)
    links = {name: f"{path}/{name}" for name in ("events", "evidence", *job.can)}
    page = url_for("page.show_job", job_id=job.id)
    links |= {"self": path, "page": page}
    body: dict[str, Any] = with_requests(job_document(job)) | {"links": links}
    body |= more | {"estimate": None}
    text = current_app.json.dumps(body).encode()
    etag = f"{job.seq}-{hashlib.sha256(text).hexdigest()[:16]}"
    if estimate:
        text = current_app.json.dumps(body | {"estimate": estimate}).encode()
    return JobAnswer(path, job.seq, job.is_finished, text, etag)
