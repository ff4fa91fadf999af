"""Hosts that are asked by a check, as the Celery worker would tell of them."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from polling import within

from workflows.jobs import Job
from workflows.ledger.claims import Lease
from workflows.ledger.ledger import Ledger
from workflows.states import JobStatus

LITTLE = {
    "code": "memory-too-small",
    "severity": "refuse",
    "message": "n1 has 1 GiB of memory",
    "advice": "give it more",
    "acceptable": True,
    "host": "n1",
    "field": None,
    "measured": 1,
    "needed": 4,
}
"""A finding of preflight."""


@contextmanager
def hosts_that_say(
    ledger: Ledger, *findings: dict[str, Any], seen: Sequence[dict[str, Any]] = ()
) -> Iterator[list[Job]]:
    """Carry out the next check: its preflight has these findings, and refuses where one does.

    ``seen`` is what its look at the cluster finds. Yields the job, once there is one.
    """
    played: list[Job] = []

    def play() -> None:
        job = within(lambda: _unfinished_check(ledger), "a check")
        played.append(job)
        for step in job.steps:
            lease = Lease(job.id, step.index, f"token-{step.index}")
            assert ledger.claim(lease, epoch=job.epoch, owner="test").answer == "run"
            if step.name == "observe":
                assert ledger.observe(lease, _observation(seen))
            elif any(row["severity"] == "refuse" for row in findings):
                error = {"message": "cannot start: 1 finding refuses", "advice": "mend it"}
                error |= {"transient": False, "findings": list(findings)}
                assert ledger.failed(lease, error, None)
                return
            output = {"findings": list(findings)} if step.name == "preflight" else {}
            assert ledger.done(lease, output, ())

    thread = threading.Thread(target=play)
    thread.start()
    try:
        yield played
    finally:
        thread.join()


def _unfinished_check(ledger: Ledger) -> Job | None:
    jobs = ledger.jobs(limit=5)
    return next(
        (
            job
            for job in jobs
            if job.kind.startswith("check-") and job.status in {JobStatus.QUEUED, JobStatus.RUNNING}
        ),
        None,
    )


def _observation(findings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    member = {"host": "n1", "address": "", "role": "voter", "alive": True}
    return {"at": time.time(), "members": [member], "findings": list(findings)}
