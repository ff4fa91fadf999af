"""What is read of the ledger: jobs, their events and outputs, and whether Redis keeps them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import redis
from redis.exceptions import ResponseError

from workflows.celery_workers import SEEN_SECONDS
from workflows.events import Event
from workflows.jobs import Job
from workflows.ledger.functions import LedgerFunctions
from workflows.ledger.job_records import job_of_row, job_of_view
from workflows.ledger.kept import as_json
from workflows.ledger.refusals import job_not_found, page_lost
from workflows.ledger.script import script, text_of
from workflows.process.connection import LONGEST_BLOCK_SECONDS

GLOBAL_STREAM = "cw:events"
JOBS = "cw:jobs"
"""The ids of all jobs, by the moment at which they were accepted."""
JOB_IDS = "cw:job-ids"
"""The same ids in the order of their letters, so that one is found by its beginning."""
ROWS_AT_ONCE = 25
"""Rows of a list that are read in one run of the script, which nothing else interrupts."""


class LedgerReads:
    """Reads jobs and events."""

    def __init__(self, client: redis.Redis) -> None:
        self.redis = client
        self.functions = LedgerFunctions(client, script())
        self._stamp = client.register_script(text_of("stamp.lua"))

    def job(self, job_id: str) -> Job:
        found = self.functions.read(_view(job_id))
        if not found:
            raise job_not_found(job_id)
        return job_of_view(found)

    def ids(self, start: str, limit: int) -> list[str]:
        """Return so many ids at most of jobs that begin with ``start``, in their order."""
        # Jobs of before there was this set are taken over in one step.
        if self.redis.zcard(JOB_IDS) != self.redis.zcard(JOBS):
            self.redis.zunionstore(JOB_IDS, {JOBS: 0})
        low, high = f"[{start}", f"[{start}\x7f"
        found: Any = self.redis.zrangebylex(JOB_IDS, low, high, start=0, num=limit)
        return list(found)

    def stamp(self, job_id: str) -> str:
        """Return a short text that changes whenever the job as it is read changes."""
        found: Any = self._stamp(args=[job_id, SEEN_SECONDS])
        if not found:
            raise job_not_found(job_id)
        return str(found)

    def jobs(
        self,
        *,
        cluster: str | None = None,
        status: str | None = None,
        limit: int = 50,
        before: str | None = None,
        whole: bool = True,
    ) -> list[Job]:
        """Return jobs, newest first; ``before`` is the id after which the page begins.

        Raises ``JobNotFound`` where that job is not kept any more: what follows it is not known.
        Those that are not ``whole`` cost a fraction: what a list does not tell is left out of them,
        which is what their hosts said, how long their steps took, and how their cluster was seen.
        """
        return self._page(_index(cluster, status), limit, before, whole=whole)

    def jobs_of_kind(
        self, cluster: str, kind: str, *, limit: int, before: str | None = None
    ) -> list[Job]:
        """Return the jobs of a kind of one cluster, newest first, as ``jobs`` does."""
        return self._page(f"{_index(cluster, None)}:kind:{kind}", limit, before, whole=True)

    def _page(self, index: str, limit: int, before: str | None, *, whole: bool) -> list[Job]:
        start = 0
        if before:
            accepted = self.redis.zscore(JOBS, before)
            if accepted is None:
                raise page_lost(before)
            # Also of a job that has left the index since: those of its very moment come again.
            newer: Any = self.redis.zcount(index, f"({accepted}", "+inf")
            rank: Any = self.redis.zrevrank(index, before)
            start = rank + 1 if rank is not None else newer
        ids: Any = self.redis.zrevrange(index, start, start + limit - 1)
        return self.jobs_named(ids) if whole else self._rows(ids)

    def jobs_named(self, ids: Iterable[str]) -> list[Job]:
        """Return these jobs, read in one go; what is not there any more is left out."""
        return [job_of_view(found) for found in self.functions.read_all(map(_view, ids)) if found]

    def newest_of(self, clusters: Iterable[str]) -> list[Job]:
        """Return the newest job of each of these clusters that has one, as a list tells it."""
        with self.redis.pipeline(transaction=False) as pipe:
            for cluster in clusters:
                pipe.zrevrange(_index(cluster, None), 0, 0)
            return self._rows([job for found in pipe.execute() for job in found])

    def _rows(self, ids: Sequence[str]) -> list[Job]:
        """Return jobs as rows of a list, some of them in each run of the script."""
        parts = (ids[start : start + ROWS_AT_ONCE] for start in range(0, len(ids), ROWS_AT_ONCE))
        requests = ({"op": "rows", "jobs": part, "seen": SEEN_SECONDS} for part in parts)
        answers = self.functions.read_all(map(as_json, requests))
        return [job_of_row(found) for rows in answers for found in rows if found]

    def events(self, job_id: str, after: int = 0, limit: int = 1000) -> list[Event]:
        """Return a job's events after sequence number ``after``, oldest first."""
        entries: Any = self.redis.xrange(f"cw:job:{job_id}:events", min=f"({after}-0", count=limit)
        return [Event.from_entry(job_id, int(key.split("-")[0]), entry) for key, entry in entries]

    def output(self, job_id: str, index: int) -> dict[str, Any]:
        """Return what a finished step has left to be read; nothing else of the job needs it."""
        text: Any = self.redis.hget(f"cw:job:{job_id}:step:{index}", "output")
        return dict(json.loads(text)) if text else {}

    def replaced_by(self, job_id: str) -> list[tuple[str, str, str | None]]:
        """Return what a job's writes replaced, the last first: key, field and what was there."""
        count: Any = self.redis.hget(f"cw:job:{job_id}", "steps")
        with self.redis.pipeline(transaction=False) as pipe:
            for index in reversed(range(int(count or 0))):
                pipe.hget(f"cw:job:{job_id}:step:{index}", "former")
            rows = [json.loads(text) for text in pipe.execute() if text]
        return [(key, name, was or None) for row in rows for key, name, was in reversed(row)]

    def host_results(
        self, job_id: str, index: int, hosts: Sequence[str]
    ) -> dict[str, dict[str, Any]]:
        """Return what each of these hosts has said last in a step, if it said something."""
        rows: Any = self.redis.hmget(f"cw:job:{job_id}:hosts:{index}", list(hosts))
        return {name: json.loads(row) for name, row in zip(hosts, rows, strict=True) if row}

    def tail_global(self, last_id: str, block_ms: int) -> tuple[str, list[Event]]:
        """Wait for events of any job after ``last_id``; ``$`` means from now on.

        Return without any when none came within ``block_ms``, or within ``LONGEST_BLOCK_SECONDS``.
        """
        block_ms = min(block_ms, int(LONGEST_BLOCK_SECONDS * 1000))
        if last_id == "$":
            newest: Any = self.redis.xrevrange(GLOBAL_STREAM, count=1)
            last_id = newest[0][0] if newest else "0-0"
        answer: Any = self.redis.xread({GLOBAL_STREAM: last_id}, block=block_ms, count=500)
        if not answer:
            return last_id, []
        entries = answer[0][1] if isinstance(answer, list) else next(iter(answer.values()))[0]
        events = [Event.from_entry(row["job"], int(row["seq"]), row) for _, row in entries]
        return entries[-1][0], events

    def ping(self) -> bool:
        return bool(self.redis.ping())

    def appendonly(self) -> bool | None:
        """Whether Redis keeps an append-only file; ``None`` when it does not tell."""
        try:
            answer: Any = self.redis.config_get("appendonly")
        except ResponseError:
            return None
        return {"yes": True, "no": False}.get(answer.get("appendonly", ""))


def _view(job_id: str) -> str:
    return as_json({"op": "view", "job": job_id, "seen": SEEN_SECONDS})


def _index(cluster: str | None, status: str | None) -> str:
    """Return where the jobs of a cluster, or of a status, stand in their order."""
    words = (("cluster", cluster), ("status", status))
    return ":".join((JOBS, *(part for name, value in words if value for part in (name, value))))
