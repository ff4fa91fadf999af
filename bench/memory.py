"""What the processes hold of memory: idle, after 50 and after 500 jobs of six no-op steps.

While jobs run, clients post, poll and follow them, so that the API's memory is exercised, too.
"""

import http.client
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import redis

from bench.alone import alone
from bench.noop_stack import NoopStack, noop_stack
from bench.own_redis import own_redis
from bench.process_memory import MIB, Memory, children_of, memory_of
from bench.processes import CannotMeasure, await_until
from bench.row import Row
from bench.setting import Setting

CONCURRENCY = 2
FEW, MANY = 50, 500
MOST_GROWTH = 1.10
AT_ONCE = 10
PATIENCE_SECONDS = 300.0
SETTLE_SECONDS = 1.0
Parts = dict[str, Memory]


@dataclass(frozen=True, slots=True)
class Moment:
    """The memory of each part of the stack, after so many jobs."""

    jobs: int
    parts: Parts
    redis_bytes: int

    @property
    def pss_mib(self) -> float:
        return sum(memory.pss_mib for memory in self.parts.values())

    def as_dict(self) -> dict[str, float]:
        each = {f"{name}_pss_mib": round(m.pss_mib, 1) for name, m in self.parts.items()}
        rss = {f"{name}_rss_mib": round(m.rss_mib, 1) for name, m in self.parts.items()}
        return {"jobs": self.jobs, **each, **rss, "redis_mib": round(self.redis_bytes / MIB, 2)}


def rows(setting: Setting) -> Iterator[Row]:
    """Measure one stack three times; quick runs do fewer jobs, which shows no slow growth."""
    few, many = (20, 80) if setting.quick else (FEW, MANY)
    with tempfile.TemporaryDirectory(prefix="cw-bench-") as name:
        folder = Path(name)
        with (
            own_redis(folder / "redis") as url,
            noop_stack(folder / "ours", url, concurrency=CONCURRENCY) as stack,
            stack.store() as store,
        ):
            idle = _look(stack, store, 0)
            _carry_out(stack, few)
            early = _look(stack, store, few)
            _carry_out(stack, many - few)
            late = _look(stack, store, many)
    yield _growth_row(idle, early, late)
    yield from _idle_rows(idle, late)


def _carry_out(stack: NoopStack, count: int) -> None:
    """Have jobs carried out, a few at once; read each as a poller and as a follower."""
    waiting: deque[str] = deque()
    with stack.line() as line:
        for _ in range(count):
            waiting.append(stack.post(line))
            if len(waiting) >= AT_ONCE:
                _finish(stack, waiting.popleft())
        while waiting:
            _finish(stack, waiting.popleft())


def _finish(stack: NoopStack, job: str) -> None:
    """Follow a job to its end."""
    path = f"/v1/jobs/{job}/events"
    wire = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=PATIENCE_SECONDS)
    with closing(wire):
        wire.request("GET", path, headers={"Authorization": f"Bearer {stack.token}"})
        wire.getresponse().read()  # ends with the job
    with stack.line() as line:
        status = line.expect(200, "GET", f"/v1/jobs/{job}")["status"]
    if status != "succeeded":
        raise CannotMeasure(f"cannot use job {job}: it is {status}")


def _look(stack: NoopStack, store: redis.Redis, jobs: int) -> Moment:
    """Read the memory of everything when it has come to rest."""
    time.sleep(SETTLE_SECONDS)
    await_until(
        lambda: len(children_of(stack.celery.pid)) == CONCURRENCY,
        what=f"{CONCURRENCY} children of the Celery worker",  # it replaces them now and then
    )
    time.sleep(SETTLE_SECONDS)
    parts = {
        "api": memory_of([stack.api.pid, *children_of(stack.api.pid)]),
        "celery_parent": memory_of([stack.celery.pid]),
        "celery_children": memory_of(children_of(stack.celery.pid)),
    }
    return Moment(jobs, parts, store.info("memory")["used_memory"])


def _growth_row(idle: Moment, early: Moment, late: Moment) -> Row:
    ratio = late.pss_mib / early.pss_mib
    each = {name: late.parts[name].pss / early.parts[name].pss for name in late.parts}
    kept = (late.redis_bytes - early.redis_bytes) / (late.jobs - early.jobs)
    return Row(
        name=f"memory after {late.jobs} jobs against after {early.jobs}",
        ours=late.pss_mib,
        contender=early.pss_mib,
        ratio=ratio,
        target=f"at most {MOST_GROWTH:.2f} x, each part as well",
        met=max(ratio, *each.values()) <= MOST_GROWTH,
        rounds=1,
        spread={moment: found.as_dict() for moment, found in _named(idle, early, late)},
        unit="MiB",
        note="proportional set size of API (2 processes and their parent), Celery worker and its "
        f"{CONCURRENCY} children together, at rest; the contender is the same stack after "
        f"{early.jobs} jobs; the part that grew most grew to {max(each.values()):.2f} x; idle "
        f"before the first job it is {idle.pss_mib:.0f} MiB; Redis keeps every job and grows by "
        f"{kept / 1024:.1f} KiB a job, which is not in the row",
    )


def _named(idle: Moment, early: Moment, late: Moment) -> list[tuple[str, Moment]]:
    return [("idle", idle), ("early", early), ("late", late)]


def _idle_rows(idle: Moment, late: Moment) -> Iterator[Row]:
    """One row a part: what it takes at rest, before and after the jobs."""
    for name, memory in late.parts.items():
        before = idle.parts[name]
        yield Row(
            name=f"memory of {name.replace('_', ' ')} after {late.jobs} jobs",
            ours=memory.pss_mib,
            contender=before.pss_mib,
            ratio=memory.pss_mib / before.pss_mib,
            target="",
            met=True,
            rounds=1,
            unit="MiB",
            note=f"proportional set size, against the same idle at the start; resident set size "
            f"{memory.rss_mib:.0f} MiB",
        )


if __name__ == "__main__":
    alone(rows)()
