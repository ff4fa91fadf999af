"""Row: from ``kill -9`` of the Celery worker in a step until the step's next attempt begins.

The contender is Celery by itself: a task that is acknowledged late is delivered again once the
visibility timeout has passed and the sweep of what was not acknowledged comes by.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.alone import alone
from bench.contenders.celery_redelivery import VISIBILITY_SECONDS, Redelivery
from bench.processes import CannotMeasure, await_until
from bench.product import Product, running_product
from bench.row import Row, spread
from bench.setting import Setting
from lab.lab import Lab

TARGET_SECONDS = 10.0
SLOW = {"match": "snap install", "action": "slow", "seconds": 4, "times": 1}
"""Holds the step long enough to be killed in it; what it does on the host goes on meanwhile."""


def rows(setting: Setting) -> Iterator[Row]:
    """Kill our Celery worker several times, and a bare one once, both at the same time."""
    with tempfile.TemporaryDirectory(prefix="cw-bench-") as name:
        folder = Path(name)
        # A quick run ends before a bare Celery worker delivers anything again.
        bare = None if setting.quick else Redelivery(folder / "bare")
        try:
            ours = _ours(folder / "product", setting.rounds)
            theirs = bare.seconds() if bare else None
        finally:
            if bare:
                bare.close()
    yield _row(ours, theirs)


def _ours(folder: Path, rounds: int) -> list[float]:
    with (
        Lab.up(1, name=f"bench-{os.getpid()}", dqlite="emulated") as lab,
        running_product(folder, lab) as product,
    ):
        return [_resumed(product, lab) for _ in range(rounds)]


def _resumed(product: Product, lab: Lab) -> float:
    """Kill the Celery worker while the host installs; return when the next attempt has begun."""
    lab.reset()
    product.forget()
    product.register(lab)
    host = lab.hosts[0].name
    lab.add_fault(host, SLOW)
    job_id = product.post("bench", {"control_plane": [host]})
    await_until(lambda: "snap install" in lab.exec(host, "ps -eo args").stdout, what="snap install")
    killed = time.time()
    product.kill_celery()
    began = None
    for name, event in product.events(job_id):
        if name == "step.started" and began is None and event["at"] > killed:
            began = float(event["at"])
    product.succeeded(job_id)
    if began is None:
        raise CannotMeasure("cannot tell when the step was resumed: no event says so")
    return began - killed


def _row(ours: list[float], theirs: float | None) -> Row:
    middle = spread(ours)["median"]
    bare = (
        f"a bare Celery worker, started again at once, is given the task back after {theirs:.0f} s "
        f"with a visibility timeout of {VISIBILITY_SECONDS} s instead of the default hour, and all "
        "else as it comes"
        if theirs
        else "Celery's own redelivery takes more than a minute and is not part of a quick run"
    )
    return Row(
        name="kill -9 of the Celery worker in a step, to resumed",
        ours=middle,
        contender=theirs,
        ratio=theirs / middle if theirs else None,
        target=f"at most {TARGET_SECONDS:.0f} s",
        met=max(ours) <= TARGET_SECONDS,
        rounds=len(ours),
        spread={"ours": spread(ours), "contender": spread([theirs]) if theirs else None},
        note=f"until the step's next attempt begins; clusterwright up starts it again; {bare}",
    )


if __name__ == "__main__":
    alone(rows)()
