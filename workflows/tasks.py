"""The Celery tasks and the Celery worker's life cycle; loaded by Celery workers only."""

import functools
import gc
import logging
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from billiard import current_process
from celery.apps import worker as celery_worker
from celery.exceptions import Ignore
from celery.signals import (
    celeryd_init,
    setup_logging,
    worker_before_create_process,
    worker_process_init,
    worker_ready,
    worker_shutting_down,
)

from workflows.deadlines import Table, Watch
from workflows.deliveries.attempts import Attempts
from workflows.heartbeat import PERIOD_SECONDS
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.migration import CannotMigrate, migrate_at_start
from workflows.orphans import end_with_parent
from workflows.process import broker, logs, redis_health
from workflows.process.connection import connect
from workflows.process.settings import Settings
from workflows.queue import app
from workflows.reach import Reach
from workflows.reconciler import Reconciler, process_name
from workflows.retention import Retention
from workflows.sites import sites_of, takes_deliveries
from workflows.timed import Timed

if TYPE_CHECKING:
    from workflows.deliveries.deliverer import Deliverer
    from workflows.engine import Engine

logger = logging.getLogger(__name__)
broker.register()
_at_work: list[Reconciler | Watch] = []
_attempts = Attempts()
_is_ending = threading.Event()
"""Set where this process is asked to end and tasks run in it: no further delivery is begun then."""
_deadlines = Table()
"""Made before the first child, so that all children share it."""
_celery_worker = os.getpid()
"""The process that loads this module first; its children are forked from it."""


@setup_logging.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _write_our_logs(loglevel: int | None = None, **_: Any) -> None:
    """Keep Celery from arranging logs of its own; ``--loglevel`` counts where we are not told."""
    logs.configure(loglevel)


@celeryd_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _write_only_logs(instance: Any, **_: Any) -> None:
    """Where programs read the logs, make Celery's banner and last words lines of them or nothing.

    Its warning of a Celery worker that is root comes right after this, so the logs begin here.
    """
    logs.configure()
    if not logs.is_for_people():
        instance.quiet = True
        celery_worker.safe_say = lambda text, *_: logs.say_at_once("celery.apps.worker", text)


@worker_before_create_process.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _keep_shared(**_: Any) -> None:
    """Keep collecting from touching, and so copying, what a child shares with its parent."""
    gc.collect()
    gc.freeze()


@worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _patch_child(**_: Any) -> None:
    """Make pyinfra's waits cooperative: in the child, since patching the parent hangs children."""
    import warnings

    from gevent import monkey

    end_with_parent(_celery_worker)

    # The parent imported ssl already; the child opens no TLS connection of its own before this.
    warnings.filterwarnings("ignore", category=monkey.MonkeyPatchWarning)
    monkey.patch_all()
    _engine()


@functools.cache
def _engine() -> "Engine":
    """Return this child's engine; pyinfra is imported here, after the patch and not before."""
    from workflows.engine import Engine

    settings = Settings.from_env()
    client = connect(settings)
    row = _deadlines.row(current_process().index)
    return Engine(Ledger(client), Inventory(client), settings, process_name(), row)


@functools.cache
def _deliverer() -> "Deliverer":
    """Return this process' deliverer; what it sends with is imported after a child's patch.

    A Celery worker that only delivers has threads in place of children, and patches nothing.
    """
    from workflows.deliveries.deliverer import Deliverer
    from workflows.deliveries.drawings import drawing_of
    from workflows.deliveries.follower_files import FollowerFiles
    from workflows.deliveries.receiver_files import ReceiverFiles
    from workflows.deliveries.store import Deliveries
    from workflows.hooks.secrets import secrets_of
    from workflows.inventory import Inventory
    from workflows.notifiers.known import NOTIFIERS
    from workflows.notifiers.safe_post import SafePost

    settings = Settings.from_env()
    client = connect(settings)
    ledger = Ledger(client)
    return Deliverer(
        ledger,
        Deliveries(ledger.redis, ledger.functions),
        ReceiverFiles(settings.data_dir),
        NOTIFIERS,
        SafePost(settings.receiver_networks),
        settings.public_url,
        draw=functools.partial(drawing_of, Inventory(client)),
        secrets_of=functools.partial(secrets_of, settings.data_dir),
        following_of=FollowerFiles(settings.data_dir).read,
        attempting=_attempts.one,
        is_ending=_is_ending.is_set,
    )


@worker_ready.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _start_work(**_: Any) -> None:
    """Start it, or end: Celery logs what a signal's receiver raises, and would go on without it."""
    settings = Settings.from_env()
    with connect(settings) as client:
        redis_health.tell(client, logger)
        try:
            migrate_at_start(client)
        except CannotMigrate as error:
            logger.critical("%s", error)
            os.kill(_celery_worker, signal.SIGTERM)
            return
    try:
        _start_reconciler(settings)
    except Exception:
        logger.exception("cannot start the reconciler")
        _end_celery_worker()


def _start_reconciler(settings: Settings) -> None:
    """Start what looks after jobs, and after children; where no step runs, only deliveries."""
    queues = app.amqp.queues.consume_from
    sites, delivers = sites_of(queues), takes_deliveries(queues)
    ledger = Ledger(connect(settings))
    if not sites:
        look = _attempts.look
        _start(Reconciler(ledger, _end_celery_worker, sites=(), delivers=delivers, look=look))
        return
    retention = Retention(ledger, settings.keep_jobs, settings.keep_days)
    timed = Timed(ledger, Inventory(ledger.redis, Reach.of(settings)))
    _start(Reconciler(ledger, _end_celery_worker, retention, sites, timed, delivers=delivers))
    soon = Ledger(connect(settings, answer_within=PERIOD_SECONDS))
    _start(Watch(_deadlines, soon.killed))


def _start(work: Reconciler | Watch) -> None:
    work.start()
    _at_work.append(work)


def _end_celery_worker() -> None:
    """End this Celery worker as its supervisor would, so that the supervisor starts another."""
    logger.critical("the Celery worker ends: without its reconciler no lost job would go on")
    os.kill(_celery_worker, signal.SIGTERM)


@worker_shutting_down.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _stop_work(**_: Any) -> None:
    _is_ending.set()
    while _at_work:
        _at_work.pop().stop()


@app.task(name="run_step")  # type: ignore[untyped-decorator]  # Celery has no types
def run_step(job_id: str, index: int, epoch: int) -> None:
    """Carry out one step; when the chain must not go on, this copy of it ends here."""
    if not _engine().run_step(job_id, index, epoch):
        raise Ignore


@app.task(name="deliver")  # type: ignore[untyped-decorator]  # Celery has no types
def deliver(ticket: str) -> None:
    """Send what is due to be delivered."""
    _deliverer().run(ticket)
