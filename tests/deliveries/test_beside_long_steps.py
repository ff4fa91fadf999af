"""The processes of ``clusterwright up``: receivers are told while steps take all that run steps."""

import json
import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from celery_process import running
from ledger_of_jobs import add_job
from polling import within

from cli.stack import StackOptions, celery_commands
from workflows.celery_workers import celery_workers_seen, delivering_seen
from workflows.deliveries.receiver_files import Receiver, ReceiverFiles, Signed, new_secret
from workflows.deliveries.store import Deliveries
from workflows.deliveries.subscription import Subscription, Wish

HERE = Path(__file__).parent
STEPS_AT_ONCE = 2


def endless(command):
    """Return the command of a Celery worker whose steps never end."""
    return [word if word != "workflows.queue" else "endless_celery" for word in command]


@pytest.fixture
def workers(settings, redis):
    """The Celery workers of a stack, by their names; each with its log."""
    environment = {
        "CLUSTERWRIGHT_DATA": str(settings.data_dir),
        "CLUSTERWRIGHT_RECEIVER_NETWORKS": "127.0.0.0/8",
        "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])]),
        "REDIS_URL": settings.redis_url,
        "REMAP_SIGTERM": "SIGQUIT",
    }
    wish = StackOptions(settings.data_dir, "127.0.0.1:8460", concurrency=STEPS_AT_ONCE)
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                running(endless(command), environment, settings.data_dir / f"{name}.log")
            )
            for name, command in celery_commands(wish).items()
        }


def test_receivers_are_told_while_steps_that_do_not_end_take_every_process_of_theirs(
    workers, ledger, settings, receiver
):
    deliveries = Deliveries(ledger.redis, ledger.functions)
    ReceiverFiles(settings.data_dir).write("board", Receiver(receiver.url, (Signed(new_secret()),)))
    for number in range(1, STEPS_AT_ONCE + 1):
        add_job(ledger, f"j{number}", cluster=f"c{number}", hosts=(f"n{number}",))
        ledger.redis.zadd("cw:due", {f"j{number}": 1})  # the reconciler publishes it

    def all_at_work():
        jobs = [ledger.job(f"j{number}") for number in range(1, STEPS_AT_ONCE + 1)]
        return all(job.steps[0].status == "running" for job in jobs)

    within(all_at_work, "every process to carry out a step")
    deliveries.add(Subscription("board", "webhook", "127.0.0.1", Wish(events=("job.accepted",))))

    add_job(ledger, "late", cluster="c7", hosts=("n7",))
    within(lambda: receiver.got, "the receiver to be told")

    assert json.loads(receiver.got[0].body)["data"]["job"]["id"] == "late"
    assert all_at_work()
    assert workers["celery"].poll() is None
    (carries_out,) = celery_workers_seen(ledger.redis)
    (delivers,) = delivering_seen(ledger.redis)
    assert carries_out != delivers, "who only delivers serves no site"
