"""How long jobs that go on may still take, kept from one step of a job to its next.

Past runs are read once for a job's plan: a poll of it reads nothing more.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import redis

from workflows.duration_draws import Past
from workflows.jobs import Job
from workflows.past_durations import past_runs
from workflows.time_left import goes_on, time_left

MOST_KEPT = 64
"""Jobs of one process; the past runs of each are up to about 100 kB."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of one job."""

    digest: str
    """Of the plan that the past runs belong to."""
    pasts: tuple[Past | None, ...]
    standing: tuple[Any, ...]
    """How the job stood when it was estimated."""
    estimate: dict[str, Any] | None


class TimesLeft:
    """The estimates that this process gave last of jobs that go on."""

    def __init__(self, client: redis.Redis, most: int = MOST_KEPT) -> None:
        self._redis, self._most = client, most
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def of(self, job: Job) -> dict[str, Any] | None:
        """Return when a job ends, as far as its past runs tell; ``None`` where they do not."""
        if not goes_on(job):
            self._kept.pop(job.id, None)
            return None
        kept, standing = self._kept.get(job.id), _standing(job)
        digest = str(job.plan["digest"])
        if kept is None or (kept.digest, kept.standing) != (digest, standing):
            is_new = kept is None or kept.digest != digest
            pasts = self._read(job) if kept is None or is_new else kept.pasts
            left = time_left(job, pasts)
            kept = Kept(digest, pasts, standing, left.as_dict() if left else None)
            self._kept[job.id] = kept
        self._kept.move_to_end(job.id)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return kept.estimate

    def _read(self, job: Job) -> tuple[Past | None, ...]:
        steps = [(step.name, len(step.planned_hosts)) for step in job.steps]
        return past_runs(self._redis, job.cluster, steps)


def _standing(job: Job) -> tuple[Any, ...]:
    """Return all of a job that its estimate depends on."""
    return (job.running_since, tuple((step.status, step.started) for step in job.steps))
