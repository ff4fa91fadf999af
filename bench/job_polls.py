"""Status polls of one job, one after the other, while something else happens."""

import math
import time
from concurrent.futures import Future
from typing import Any

from bench.noop_stack import NoopStack


def poll(stack: NoopStack, job: str, until: "Future[Any]", pause: float) -> list[float]:
    """Ask for the job's status until something is done; return the answers' times in ms.

    ``pause`` is in seconds. An answer other than the job counts as one that took for ever.
    """
    took = []
    with stack.line() as line:
        while not until.done():
            began = time.perf_counter()
            status, _, _ = line.ask("GET", f"/v1/jobs/{job}")
            ms = (time.perf_counter() - began) * 1000
            took.append(ms if status == 200 else math.inf)
            time.sleep(pause)
    return took
