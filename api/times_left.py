"""How long jobs that go on may still take, kept from one step of a job to its next.

Past runs are read once for the steps of a job: a poll of it reads nothing more.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import redis

from workflows.duration_draws import Past
from workflows.jobs import Job
from workflows.past_durations import past_runs
from workflows.time_left import goes_on, time_left

Steps = tuple[tuple[str, int], ...]
"""The name and the number of hosts of each step."""
MOST_KEPT = 64
"""Jobs of one process; the past runs of each are up to about 100 kB."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of one job."""

    steps: Steps
    """The steps that the past runs are of; a retry, or a look at the cluster, may change them."""
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
        steps = tuple((step.name, len(step.planned_hosts)) for step in job.steps)
        if kept is None or kept.steps != steps:
            pasts = past_runs(self._redis, job.cluster, steps)
            kept = Kept(steps, pasts, standing, _estimate(job, pasts))
        elif kept.standing != standing:
            kept = Kept(steps, kept.pasts, standing, _estimate(job, kept.pasts))
        self._kept[job.id] = kept
        self._kept.move_to_end(job.id)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return kept.estimate


def _estimate(job: Job, pasts: Sequence[Past | None]) -> dict[str, Any] | None:
    left = time_left(job, pasts)
    return left.as_dict() if left else None


def _standing(job: Job) -> tuple[Any, ...]:
    """Return all of a job that its estimate depends on."""
    return (job.running_since, tuple((step.status, step.started) for step in job.steps))
