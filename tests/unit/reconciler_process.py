"""A reconciler in a process of its own, since Celery keeps the broker that it first published to.

``python reconciler_process.py`` with REDIS_URL set. It says ``read`` when it has read which steps
remain of a job, and goes on to publish them when a line comes in; ``published`` and the number of
jobs when it has; ``ended`` if its thread ends.
"""

import sys
import threading

from workflows import reconciler
from workflows.ledger.claims import Tail
from workflows.ledger.ledger import Ledger
from workflows.process.connection import connect
from workflows.process.settings import Settings


class Halting(Ledger):
    """Lets the test do something between reading what is to be published and publishing it."""

    def tail(self, job_id: str) -> Tail:
        found = super().tail(job_id)
        say("read")
        sys.stdin.readline()
        return found


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    plain = reconciler.reconcile

    def telling(ledger: Ledger) -> list[str]:
        published = plain(ledger)
        if published:
            say(f"published {len(published)}")
        return published

    reconciler.reconcile = telling
    ledger = Halting(connect(Settings.from_env()))
    reconciler.Reconciler(ledger, ended=lambda: say("ended")).start()
    threading.Event().wait()  # until the test ends this process


if __name__ == "__main__":
    main()
