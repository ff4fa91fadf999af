"""Looking again until something is so, for tests of processes that work by themselves."""

import time

SECONDS = 150
"""More than a slow machine needs: who waits in vain waits for this, nobody else does."""


def within(look, what):
    """Return the first true answer of ``look``, or fail with ``what`` was waited for."""
    deadline = time.monotonic() + SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {SECONDS} s in vain for {what}"
        time.sleep(0.02)
    return found
