"""No-op jobs of six steps, one at a time and many at once, against celery-director."""

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.alone import alone
from bench.director_stack import END_PAUSE_SECONDS
from bench.noop_products import CLIENTS, NoopProduct, director, ours
from bench.row import Row, percentile, spread
from bench.setting import Setting

LONGEST_MS = 60.0
LEAST_PER_SECOND = 30.0
OURS_PROCESSES = (1, 2, 4)
DIRECTOR_PROCESSES = (2, 8, 16)
"""Its last task sleeps half a second, so it gains from more processes than there are cores."""


@dataclass(frozen=True, slots=True)
class Processes:
    """How many Celery processes each of the two has."""

    ours: int
    director: int


ONE_JOB = Processes(2, 2)
QUICK = Processes(2, 8)
COUNTS = (300, 80)
"""Jobs of a round, ours and director's."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Both products, running."""

    ours: NoopProduct
    director: NoopProduct
    processes: Processes


def rows(setting: Setting) -> Iterator[Row]:
    """Measure both rows; a quick run starts each product once."""
    with tempfile.TemporaryDirectory(prefix="cw-bench-") as name:
        folder = Path(name)
        with _both(folder / "latency", QUICK if setting.quick else ONE_JOB) as pair:
            yield _latency(pair, setting)
            if setting.quick:
                yield _throughput(pair, setting, "chosen beforehand")
        if not setting.quick:
            processes = _best(folder)
            with _both(folder / "throughput", processes) as pair:
                chosen = f"the best of {OURS_PROCESSES} and of {DIRECTOR_PROCESSES}"
                yield _throughput(pair, setting, chosen)


@contextmanager
def _both(folder: Path, processes: Processes) -> Iterator[Pair]:
    with (
        ours(folder / "a", processes.ours) as mine,
        director(folder / "b", processes.director) as theirs,
    ):
        yield Pair(mine, theirs, processes)


def _latency(pair: Pair, setting: Setting) -> Row:
    our_ms: list[float] = []
    their_ms: list[float] = []
    ours_each, theirs_each = (20, 4) if setting.quick else (50, 20)
    for _ in range(setting.rounds):
        our_ms += _one_by_one(pair.ours, ours_each)
        their_ms += _one_by_one(pair.director, theirs_each)
    middle, contender = statistics.median(our_ms), statistics.median(their_ms)
    ours_slow, theirs_slow = percentile(our_ms, 95), percentile(their_ms, 95)
    without_pause = contender - END_PAUSE_SECONDS * 1000
    return Row(
        name="no-op job of 6 steps, POST to done, p50",
        ours=middle,
        contender=contender,
        ratio=middle / contender,
        target=f"at most {LONGEST_MS:.0f} ms",
        met=middle <= LONGEST_MS,
        rounds=setting.rounds,
        spread={
            "ours": spread(our_ms),
            "contender": spread(their_ms),
            "ours_p95": ours_slow,
            "contender_p95": theirs_slow,
            "contender_without_its_pause": without_pause,
        },
        unit="ms",
        note=f"one job at a time; p95 {ours_slow:.0f} ms against {theirs_slow:.0f} ms; the "
        f"contender is celery-director 0.10 with 2 sync web processes and "
        f"{pair.processes.director} Celery processes; its last task sleeps 500 ms in every "
        f"workflow, and without that it takes {without_pause:.0f} ms",
    )


def _one_by_one(product: NoopProduct, count: int) -> list[float]:
    with product.line() as line:
        return [product.one(line) * 1000 for _ in range(count)]


def _throughput(pair: Pair, setting: Setting, chosen: str) -> Row:
    counts = (60, 16) if setting.quick else COUNTS
    our_rates: list[float] = []
    their_rates: list[float] = []
    for _ in range(setting.rounds):
        our_rates.append(pair.ours.many(counts[0]))
        their_rates.append(pair.director.many(counts[1]))
    middle, contender = statistics.median(our_rates), statistics.median(their_rates)
    return Row(
        name="no-op jobs of 6 steps per second",
        ours=middle,
        contender=contender,
        ratio=middle / contender,
        target=f"at least {LEAST_PER_SECOND:.0f}/s",
        met=middle >= LEAST_PER_SECOND,
        rounds=setting.rounds,
        spread={
            "ours": spread(our_rates),
            "contender": spread(their_rates),
            "ours_celery_processes": pair.processes.ours,
            "contender_celery_processes": pair.processes.director,
        },
        unit="jobs/s",
        note=f"{counts[0]} jobs on as many clusters, posted by {CLIENTS} connections; "
        f"{pair.processes.ours} Celery processes against celery-director's "
        f"{pair.processes.director}, {chosen}",
    )


def _best(folder: Path) -> Processes:
    """Return with how many Celery processes each carries out most."""
    mine: dict[int, float] = {}
    theirs: dict[int, float] = {}
    for processes in OURS_PROCESSES:
        with ours(folder / f"ours-{processes}", processes) as product:
            mine[processes] = product.many(COUNTS[0])
    for processes in DIRECTOR_PROCESSES:
        with director(folder / f"director-{processes}", processes) as product:
            theirs[processes] = product.many(COUNTS[1])
    return Processes(max(mine, key=mine.__getitem__), max(theirs, key=theirs.__getitem__))


if __name__ == "__main__":
    alone(rows)()
