"""The two products that carry out no-op jobs, as a measurement sees them: post, and be done.

When a job is done is seen where each product stores it (Redis, SQLite), once a millisecond, so
that neither product's web server is burdened by the question.
"""

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from bench.director_stack import DirectorStack, director_stack
from bench.http_line import HttpLine
from bench.noop_stack import NoopStack, noop_stack
from bench.own_redis import own_redis
from bench.processes import CannotMeasure

CLIENTS = 4
LOOK_SECONDS = 0.001
PATIENCE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class NoopProduct:
    """One of the two, as the measurement sees it."""

    line: Callable[[], HttpLine]
    post: Callable[[HttpLine], str]
    is_done: Callable[[str], bool]

    def one(self, line: HttpLine) -> float:
        """Return the seconds from sending a POST to the job being done."""
        began = time.perf_counter()
        self._await(self.post(line), began)
        return time.perf_counter() - began

    def many(self, count: int) -> float:
        """Return the jobs per second when ``count`` are posted as fast as may be."""
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            parts = pool.map(self._post_part, [count // CLIENTS] * CLIENTS)
            waiting = deque(job for part in parts for job in part)
        posted = len(waiting)
        while waiting:
            self._await(waiting.popleft(), began)
        return posted / (time.perf_counter() - began)

    def _post_part(self, count: int) -> list[str]:
        with self.line() as line:
            return [self.post(line) for _ in range(count)]

    def _await(self, job: str, began: float) -> None:
        while not self.is_done(job):
            if time.perf_counter() - began > PATIENCE_SECONDS:
                raise CannotMeasure(f"cannot see job {job} done within {PATIENCE_SECONDS:.0f} s")
            time.sleep(LOOK_SECONDS)


@contextmanager
def ours(folder: Path, processes: int) -> Iterator[NoopProduct]:
    """Run our stack on a Redis of its own."""
    with (
        own_redis(folder / "redis") as url,
        noop_stack(folder / "ours", url, concurrency=processes) as stack,
        stack.store() as store,
    ):
        yield _warm(_our_product(stack, store), processes)


def _our_product(stack: NoopStack, store: redis.Redis) -> NoopProduct:
    def is_done(job: str) -> bool:
        status = store.hget(f"cw:job:{job}", "status")
        if status in {"failed", "cancelled", "stuck"}:
            raise CannotMeasure(f"cannot use job {job}: it is {status}")
        return status == "succeeded"

    return NoopProduct(stack.line, stack.post, is_done)


@contextmanager
def director(folder: Path, processes: int) -> Iterator[NoopProduct]:
    """Run celery-director on a Redis of its own."""
    with (
        own_redis(folder / "redis") as url,
        director_stack(folder / "director", url, concurrency=processes) as stack,
        stack.store() as store,
    ):
        yield _warm(_director_product(stack, store), processes)


def _director_product(stack: DirectorStack, store: sqlite3.Connection) -> NoopProduct:
    question = "SELECT status FROM workflows WHERE id = ?"

    def is_done(job: str) -> bool:
        row = store.execute(question, (job.replace("-", ""),)).fetchone()
        if row and row[0] == "error":
            raise CannotMeasure(f"cannot use director's workflow {job}: it is in error")
        return bool(row and row[0] == "success")

    return NoopProduct(stack.line, stack.post, is_done)


def _warm(product: NoopProduct, processes: int) -> NoopProduct:
    """Have every process carry out something first."""
    product.many(max(CLIENTS, 2 * processes))
    return product
