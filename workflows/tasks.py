"""The Celery task and the Celery worker's life cycle; loaded by Celery workers only."""

import functools
import logging
import os
from typing import TYPE_CHECKING, Any

from celery.exceptions import Ignore
from celery.signals import worker_process_init, worker_ready, worker_shutting_down

from workflows.connection import connect
from workflows.ledger import Ledger
from workflows.orphans import end_with_parent
from workflows.queue import app
from workflows.reconciler import Reconciler, process_name
from workflows.settings import Settings

if TYPE_CHECKING:
    from workflows.engine import Engine

_reconcilers: list[Reconciler] = []
_celery_worker = os.getpid()
"""The process that loads this module first; its children are forked from it."""


@worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _patch_child(**_: Any) -> None:
    """Make pyinfra's waits cooperative: in the child, since patching the parent hangs children."""
    import warnings

    from gevent import monkey

    end_with_parent(_celery_worker)

    # The parent imported ssl already; the child opens no TLS connection of its own before this.
    warnings.filterwarnings("ignore", category=monkey.MonkeyPatchWarning)
    monkey.patch_all()
    logging.getLogger("paramiko").setLevel(logging.WARNING)
    logging.getLogger("pyinfra").setLevel(logging.WARNING)
    _engine()


@functools.cache
def _engine() -> "Engine":
    """Return this child's engine; pyinfra is imported here, after the patch and not before."""
    from workflows.engine import Engine
    from workflows.inventory import Inventory

    settings = Settings.from_env()
    client = connect(settings)
    return Engine(Ledger(client), Inventory(client), settings, process_name())


@worker_ready.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _start_reconciler(**_: Any) -> None:
    reconciler = Reconciler(Ledger(connect(Settings.from_env())))
    reconciler.start()
    _reconcilers.append(reconciler)


@worker_shutting_down.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _stop_reconciler(**_: Any) -> None:
    while _reconcilers:
        _reconcilers.pop().stop()


@app.task(name="run_step")  # type: ignore[untyped-decorator]  # Celery has no types
def run_step(job_id: str, index: int, epoch: int) -> None:
    """Carry out one step; when the chain must not go on, this copy of it ends here."""
    if not _engine().run_step(job_id, index, epoch):
        raise Ignore
