"""Ends a Celery worker's child when its Celery worker is killed.

A child that lives on would go on with a step that another Celery worker takes over: the ledger
fences its records out, but nothing would stop its commands.
"""

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when ``parent``, which made it, dies; Linux only."""
    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except AttributeError:
        return
    prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:  # it died before the arrangement was made
        os._exit(1)
