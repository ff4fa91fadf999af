"""The Celery application, and the one way of publishing a job's steps.

Messages hold ids only. Safe to import in the API: it knows the task by name alone.
"""

from celery import Celery

from workflows.ledger.claims import Tail
from workflows.ledger.ledger import Ledger
from workflows.process.connection import ANSWER_SECONDS
from workflows.process.settings import Settings
from workflows.process.tracing import traceparent
from workflows.sites import DELIVERIES, QUEUE_PREFIX
from workflows.states import CARRIED_OUT

KEY_PREFIX = "cw:celery:"
QUEUE_KEYS = KEY_PREFIX + QUEUE_PREFIX
"""What the key of a site's queue begins with in Redis: a list of messages that nobody has taken."""
DELIVERY_KEY = KEY_PREFIX + DELIVERIES
"""The same of the queue of deliveries."""
VISIBILITY_SECONDS = 12 * 3600
"""Far above the longest step: a step that outlives it would be delivered a second time."""

app = Celery("clusterwright", include=["workflows.tasks"])


class _Configuration:
    """Celery's settings, read from the environment when the application is first used."""

    task_default_queue = QUEUE_PREFIX + "default"
    task_ignore_result = True  # progress lives in the ledger, not in Celery's results
    task_acks_late = True
    task_reject_on_worker_lost = True
    task_serializer = "json"
    accept_content = ("json",)
    worker_prefetch_multiplier = 1
    worker_max_tasks_per_child = 2000
    worker_send_task_events = False
    worker_hijack_root_logger = False
    worker_soft_shutdown_timeout = 5
    worker_enable_remote_control = False
    broker_connection_retry_on_startup = True
    broker_connection_max_retries = None  # whoever ends for good has to be started again
    broker_channel_error_retry = True  # a Redis that refuses serves again one day
    broker_transport_options: dict[str, object] = {  # noqa: RUF012  # Celery reads it from the class
        "visibility_timeout": VISIBILITY_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "socket_connect_timeout": ANSWER_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": 15,
        "global_keyprefix": KEY_PREFIX,
    }

    @property
    def broker_url(self) -> str:
        return Settings.from_env().broker_url


app.config_from_object(_Configuration())


def publish(ledger: Ledger, job_id: str) -> Tail | None:
    """Publish the steps that remain of a job as one chain, and return them; ``None`` if none do.

    Publishing too often is harmless: the ledger lets one copy through.
    """
    tail = ledger.tail(job_id)
    if not tail.indexes or tail.status not in CARRIED_OUT:
        return None
    queue = QUEUE_PREFIX + tail.site
    # For whoever looks at messages; a step finds its trace in the ledger, also without them.
    headers = {"traceparent": traceparent(tail.trace_id)} if tail.trace_id else {}
    steps = [
        app.signature(
            "run_step",
            (job_id, index, tail.epoch),
            immutable=True,
            queue=queue,
            headers=headers,
        )
        for index in tail.indexes
    ]
    # What ``chain(*steps)`` sends, without its copies of them: those cost more than all the rest.
    steps[0].apply_async(chain=steps[:0:-1], argsrepr=repr(steps[0].args), kwargsrepr="{}")
    return tail


def publish_deliverer(ticket: str) -> None:
    """Have a Celery worker send what is due to be delivered; the ticket is its own."""
    app.signature("deliver", (ticket,), immutable=True, queue=DELIVERIES).apply_async()
