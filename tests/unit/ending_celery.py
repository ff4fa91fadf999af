"""The Celery application with a reconciler that ends, or that cannot be started: HOW says which.

``celery -A ending_celery worker`` with HOW=ends or HOW=cannot-start.
"""

import os

from workflows import reconciler
from workflows.queue import app

__all__ = ["app"]


def end(*_: object) -> None:
    raise SystemExit("nothing that an except clause would expect")


def refuse(*_: object) -> None:
    raise RuntimeError("can't start new thread")


if os.environ["HOW"] == "ends":
    reconciler.reconcile = end
else:
    reconciler.Reconciler.start = refuse
