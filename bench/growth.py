"""What lists, plans and pages cost with 10 000 jobs on 1000 hosts, against 100 jobs on 10 hosts."""

import gc
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import redis

from api.access.tokens import id_of, new_token, register
from api.app import create_app
from api.page.sessions import COOKIE, Sessions
from bench.alone import alone
from bench.growth_questions import QUESTIONS, Asker, Question, names_at, rows_in
from bench.ledger_fill import Size, fill
from bench.own_redis import own_redis
from bench.row import Row, spread
from bench.setting import Setting
from workflows.celery_workers import celery_worker_seen
from workflows.process.connection import connect
from workflows.process.settings import Settings

SMALL, LARGE, QUICK_LARGE = Size(100, 10, 2), Size(10_000, 1000, 200), Size(1000, 200, 40)
MOST_TIMES, MOST_MS = 2.0, 50.0
REPEATS, QUICK_REPEATS = 10, 5
"""How often a question is asked in a round, so that the processes' clocks tell it well."""
Costs = dict[str, list[float]]


def rows(setting: Setting) -> Iterator[Row]:
    """Ask two installations the same questions in turns; a quick run has a smaller large one."""
    large = QUICK_LARGE if setting.quick else LARGE
    yield from compared(SMALL, large, setting.rounds, QUICK_REPEATS if setting.quick else REPEATS)


def compared(small: Size, large: Size, rounds: int, repeats: int) -> Iterator[Row]:
    """Yield a row for each question, with its cost at the one size against that at the other."""
    with tempfile.TemporaryDirectory(prefix="cw-bench-") as name, ExitStack() as running:
        folder = Path(name)
        (folder / "keys").mkdir()
        url = running.enter_context(own_redis(folder / "redis"))
        few = running.enter_context(Installation(folder, f"{url}/0", small))
        many = running.enter_context(Installation(folder, f"{url}/1", large))
        gc.freeze()  # a collection looks at what was made since
        running.callback(gc.unfreeze)
        costs: tuple[Costs, Costs] = ({}, {})
        for _ in range(rounds):
            for question in QUESTIONS:
                for installation, found in zip((few, many), costs, strict=True):
                    found.setdefault(question.name, []).append(installation.cost(question, repeats))
        for question in QUESTIONS:
            shown = [rows_in(question, each.asker.ask(question)) for each in (few, many)]
            few_ms, many_ms = (found[question.name] for found in costs)
            yield _row(question, few_ms, many_ms, shown, few.asker.size, large)


class Installation:
    """The application in this process, on a database of its own, filled."""

    def __init__(self, folder: Path, url: str, size: Size) -> None:
        self._settings = Settings(folder, url)
        self._client: redis.Redis = connect(self._settings)
        self._size = size

    def __enter__(self) -> "Installation":
        fill(self._client, self._size)
        self._app = create_app(self._settings)
        token = new_token()
        register(self._client, token, "bench")
        client = self._app.test_client()
        session, _ = Sessions(self._client).open(id_of(token) or "")
        client.set_cookie(COOKIE, session)
        self.asker = Asker(client, token, self._size, self._names())
        return self

    def __exit__(self, *_: object) -> None:
        self._app.extensions["clusterwright"].close()
        self._client.close()

    def _names(self) -> dict[str, str]:
        jobs: Any = self._client.zrevrange("cw:jobs", 0, -1)
        failed: Any = self._client.zrange("cw:jobs:status:failed", 0, 0)
        middle = min(len(jobs) // 2, len(jobs) - 51)
        return names_at(self._size, job=jobs[0], cursor=jobs[max(middle, 0)], failed=failed[0])

    def cost(self, question: Question, repeats: int) -> float:
        """Return the processor time of an answer in milliseconds: this process's and Redis's."""
        celery_worker_seen(self._client, "bench")
        self.asker.ask(question)  # templates and schemas are made once
        gc.collect()  # no question pays for what those before it have left behind
        before = time.process_time() + self._of_redis()
        for _ in range(repeats):
            self.asker.ask(question)
        return (time.process_time() + self._of_redis() - before) / repeats * 1000

    def _of_redis(self) -> float:
        usage: Any = self._client.info("cpu")
        return float(usage["used_cpu_user"]) + float(usage["used_cpu_sys"])


def _row(
    question: Question,
    few_ms: list[float],
    many_ms: list[float],
    shown: list[int],
    small: Size,
    large: Size,
) -> Row:
    ours, contender = statistics.median(many_ms), statistics.median(few_ms)
    ratio = (ours / shown[1]) / (contender / shown[0])
    rows_note = "" if shown == [1, 1] else f"; it shows {shown[1]} rows against {shown[0]}"
    return Row(
        name=f"{question.name}, {large.jobs} jobs against {small.jobs}",
        ours=ours,
        contender=contender,
        ratio=ratio,
        target=f"at most {MOST_TIMES:g} x a row, at most {MOST_MS:g} ms",
        met=ratio <= MOST_TIMES and ours <= MOST_MS,
        rounds=len(many_ms),
        spread={"ours": spread(many_ms), "contender": spread(few_ms), "rows": shown},
        unit="ms",
        note=f"processor time of the answering process and of Redis together at {large}, against "
        f"the same at {small}{rows_note}",
    )


if __name__ == "__main__":
    alone(rows)()
