"""Real Celery workers deliver; what one was killed at is delivered by another."""

import os
import signal
import sys
from pathlib import Path

from celery_process import running
from ledger_of_jobs import add_job, end_job
from polling import SECONDS, within
from receiver import Reply
from standardwebhooks import Webhook

from workflows.deliveries.attempts import HANGING
from workflows.deliveries.receiver_files import Receiver, ReceiverFiles, Signed, new_secret
from workflows.deliveries.store import Deliveries
from workflows.deliveries.subscription import DeliveryState, Subscription, Wish
from workflows.ledger.ledger import Ledger

HERE = Path(__file__).parent


def celery_worker(settings, log, app="workflows.queue", **more):
    """Start one that takes deliveries only; whatever happens, it is gone at the end."""
    command = [
        *(sys.executable, "-m", "celery", "-A", app, "worker", "-P", "threads"),
        *("-c", "2", "-Q", "cw-deliveries", "--without-gossip", "--without-mingle"),
    ]
    environment = {
        "CLUSTERWRIGHT_DATA": str(settings.data_dir),
        "CLUSTERWRIGHT_RECEIVER_NETWORKS": "127.0.0.0/8",
        "CLUSTERWRIGHT_PUBLIC_URL": "https://cw.example.org/",
        "REDIS_URL": settings.redis_url,
    }
    return running(command, environment | more, log)


def test_what_a_killed_celery_worker_was_sending_arrives_by_another(
    redis, settings, receiver, tmp_path
):
    ledger, log = Ledger(redis), tmp_path / "celery.log"
    deliveries = Deliveries(redis, ledger.functions)
    secret = new_secret()
    ReceiverFiles(settings.data_dir).write("board", Receiver(receiver.url, (Signed(secret),)))
    deliveries.add(Subscription("board", "webhook", "127.0.0.1"))
    receiver.reply = Reply(204, hang=60)
    add_job(ledger, "j1")
    end_job(ledger, "j1")

    with celery_worker(settings, log) as process:
        within(lambda: receiver.got, "the first attempt")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)
    (held,) = redis.zrange("cw:deliveries:due", 0, -1)
    assert deliveries.delivery(held).state is DeliveryState.WAITING
    receiver.reply = Reply(204)
    redis.zadd("cw:deliveries:due", {held: 1})  # as if its lease had ended
    redis.delete("cw:deliverers")

    with celery_worker(settings, log):
        within(lambda: len(receiver.got) == 4, f"all to arrive; {log.read_text()[-3000:]}")
        within(lambda: deliveries.standing("board").waiting == 0, "all to be noted")

    events = [Webhook(secret).verify(got.body, got.headers) for got in receiver.got]
    assert [row["type"].removeprefix("io.clusterwright.job.") for row in events] == [
        "accepted",  # by the one that was killed
        "accepted",
        "started",
        "succeeded",
    ]
    assert events[0]["id"] == events[1]["id"]
    assert events[-1]["data"]["page"] == "https://cw.example.org/jobs/j1"
    found = {row.type: row.attempts for row in deliveries.deliveries("board")}
    assert found == {"job.accepted": 2, "job.started": 1, "job.succeeded": 1}
    assert secret not in log.read_text()


def test_a_delivery_that_does_not_come_back_costs_its_process_and_arrives_by_the_next(
    redis, settings, receiver, tmp_path
):
    ledger, log = Ledger(redis), tmp_path / "celery.log"
    deliveries = Deliveries(redis, ledger.functions)
    wish = Wish(events=("job.accepted",))
    ReceiverFiles(settings.data_dir).write("board", Receiver(receiver.url, (Signed(new_secret()),)))
    deliveries.add(Subscription("board", "webhook", "127.0.0.1", wish))
    add_job(ledger, "j1")
    paths = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    environment = {"FIRST": str(tmp_path / "first"), "PYTHONPATH": paths}

    with celery_worker(settings, log, "hanging_celery_deliveries", **environment) as process:
        assert process.wait(SECONDS) == HANGING, log.read_text()[-3000:]
    assert "a delivery hangs for" in log.read_text()
    assert receiver.got == []
    (held,) = redis.zrange("cw:deliveries:due", 0, -1)
    redis.zadd("cw:deliveries:due", {held: 1})  # as if its lease had ended
    redis.delete("cw:deliverers")

    with celery_worker(settings, log, "hanging_celery_deliveries", **environment):
        within(lambda: receiver.got, f"it to arrive; {log.read_text()[-3000:]}")


def test_what_is_being_sent_is_sent_to_its_end_when_the_celery_worker_is_asked_to_end(
    redis, settings, receiver, tmp_path
):
    ledger, log = Ledger(redis), tmp_path / "celery.log"
    deliveries = Deliveries(redis, ledger.functions)
    ReceiverFiles(settings.data_dir).write("board", Receiver(receiver.url, (Signed(new_secret()),)))
    deliveries.add(Subscription("board", "webhook", "127.0.0.1"))
    receiver.reply = Reply(204, hang=7)  # longer than steps are waited for
    add_job(ledger, "j1")
    end_job(ledger, "j1")

    with celery_worker(settings, log, REMAP_SIGTERM="") as process:
        within(lambda: receiver.got, "the first attempt")
        process.terminate()
        assert process.wait(SECONDS) == 0

    found = {row.type: (row.state, row.attempts) for row in deliveries.deliveries("board")}
    assert found["job.accepted"] == (DeliveryState.DONE, 1)
    assert found["job.started"] == (DeliveryState.WAITING, 0), "it began another"
    assert "Traceback" not in log.read_text()
