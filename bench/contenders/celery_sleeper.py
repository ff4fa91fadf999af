"""A Celery application with one task that writes down when it begins, and then takes long."""

import os
import time
from pathlib import Path

from celery import Celery

URL, STARTS, VISIBILITY = "BENCH_REDIS_URL", "BENCH_STARTS", "BENCH_VISIBILITY"
NAME = "sleep_long"
SECONDS = 600


class _Configuration:
    """Acknowledged late, so that a killed task comes back; the rest is what Celery comes with."""

    task_acks_late = True
    task_reject_on_worker_lost = True
    task_ignore_result = True
    worker_prefetch_multiplier = 1

    @property
    def broker_url(self) -> str:
        return os.environ[URL]

    @property
    def broker_transport_options(self) -> dict[str, int]:
        return {"visibility_timeout": int(os.environ[VISIBILITY])}


app = Celery("sleeper")
app.config_from_object(_Configuration())


@app.task(name=NAME)  # type: ignore[untyped-decorator]  # Celery has no types
def sleep_long() -> None:
    """Write down the time, and sleep for longer than anybody waits."""
    with Path(os.environ[STARTS]).open("a") as file:
        file.write(f"{time.time()}\n")
    time.sleep(SECONDS)
