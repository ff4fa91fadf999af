"""What it means that the story did not come out, and waiting for what it tells of."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from cli.client import Client
from cli.errors import Failure

T = TypeVar("T")

WAIT_SECONDS = 120.0
"""Longer than a slow machine needs for any part."""
LOOK_SECONDS = 0.1


class NotAsTold(Failure):
    """Something in the story was not as it is told."""

    title = "The story did not come out"

    def __init__(self, what: str) -> None:
        super().__init__(f"cannot go on with the story: {what}")


def until(look: Callable[[], T | None], what: str) -> T:
    """Return what ``look`` finds as soon as it does. Raises ``NotAsTold`` after a long time."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(LOOK_SECONDS)
    raise NotAsTold(f"waited {WAIT_SECONDS:.0f} s in vain for {what}")


def finished(client: Client, job: str, status: str) -> dict[str, Any]:
    """Wait until a job rests, and return it; raise ``NotAsTold`` if it rests in another status."""

    def rests() -> dict[str, Any] | None:
        now = client.job(job)
        return now if now["finished_for_now"] else None

    found = until(rests, f"job {job[:8]} to be {status}")
    if found["status"] != status:
        raise NotAsTold(f"job {job[:8]} is {found['status']}, and should be {status}")
    return found
