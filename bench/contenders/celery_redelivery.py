"""A bare Celery worker that is killed in a task: how long until the task runs again."""

import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from bench.contenders import celery_sleeper
from bench.own_redis import own_redis
from bench.processes import Process, await_until

VISIBILITY_SECONDS = 20
"""An hour by default, which nobody would wait for in a benchmark."""
PATIENCE_SECONDS = 240


class Redelivery:
    """A measurement that runs by itself from its making; nearly all of it is waiting."""

    def __init__(self, folder: Path) -> None:
        """Start a worker, kill it in its task, and start another at once."""
        self.starts = folder / "starts"
        folder.mkdir(parents=True)
        self._open = ExitStack()
        try:
            url = self._open.enter_context(own_redis(folder / "redis"))
            settings = {
                celery_sleeper.URL: f"{url}/0",
                celery_sleeper.STARTS: str(self.starts),
                celery_sleeper.VISIBILITY: str(VISIBILITY_SECONDS),
            }
            os.environ.update(settings)
            with Process("first", _command(), folder, settings) as first:
                celery_sleeper.app.send_task(celery_sleeper.NAME)
                await_until(lambda: self._count() == 1, what="the task to begin", processes=[first])
                self._killed = time.time()
                os.killpg(first.pid, signal.SIGKILL)
            self._open.enter_context(Process("second", _command(), folder, settings))
        except BaseException:
            self._open.close()
            raise

    def seconds(self) -> float:
        """Wait until the task has begun again; return how long that took from the kill."""
        await_until(
            lambda: self._count() > 1,
            what="the task to be delivered again",
            seconds=PATIENCE_SECONDS,
        )
        return float(self.starts.read_text().split()[1]) - self._killed

    def close(self) -> None:
        self._open.close()

    def _count(self) -> int:
        return len(self.starts.read_text().split()) if self.starts.exists() else 0


def _command() -> list[str]:
    return [
        *(sys.executable, "-P", "-m", "celery", "-A", "bench.contenders.celery_sleeper", "worker"),
        *("-P", "prefork", "-c", "1", "--without-gossip", "--without-mingle", "-l", "INFO"),
    ]
