"""The reconciler on a real server: nothing ends it, and no job keeps another waiting."""

import logging
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from ledger_records import add
from polling import SECONDS, within
from running_redis import RedisServer, start_redis
from tcp_proxy import tcp_proxy

from cluster.spec import Host
from workflows import reconciler
from workflows.celery_workers import celery_workers_seen, delivering_seen
from workflows.deliveries.store import Deliveries
from workflows.deliveries.subscription import Subscription
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.process.connection import connect
from workflows.process.settings import Settings
from workflows.queue import DELIVERY_KEY, QUEUE_KEYS
from workflows.reconciler import Reconciler, process_name, reconcile

KEY = "ssh-ed25519 " + "A" * 68
PROCESS = Path(__file__).with_name("reconciler_process.py")


def filled(redis):
    """Return a ledger with three jobs at sites of their own, all of them due."""
    inventory, ledger = Inventory(redis), Ledger(redis)
    for name in ("n1", "n2", "n3"):
        inventory.put_host(Host(name, "10.0.0.1", KEY))
        add(ledger, f"j-{name}", cluster=f"c-{name}", hosts=(name,), site=name)
    make_due(redis)
    return ledger


def make_due(redis):
    redis.zadd("cw:due", {f"j-{name}": 1 for name in ("n1", "n2", "n3")})


def queued(redis, site):
    return redis.llen(f"{QUEUE_KEYS}{site}")


@pytest.fixture
def ledger(redis):
    return filled(redis)


@pytest.fixture
def running(ledger):
    """Start reconcilers that are stopped at the end."""
    started = []

    def start(ledger=ledger):
        ended = threading.Event()
        one = Reconciler(ledger, ended=ended.set)
        one.start()
        started.append(one)
        return ended

    yield start
    for one in started:
        one.stop()


def test_a_job_that_cannot_be_published_keeps_no_other_waiting(ledger, redis, caplog):
    redis.set(f"{QUEUE_KEYS}n1", "no list")  # the broker refuses what is to be put there

    published = reconcile(ledger)

    assert published == ["j-n2", "j-n3"]
    assert (queued(redis, "n2"), queued(redis, "n3")) == (1, 1)
    (record,) = [row for row in caplog.records if row.levelno == logging.ERROR]
    assert (record.job, bool(record.exc_info)) == ("j-n1", True)
    redis.delete(f"{QUEUE_KEYS}n1")
    make_due(redis)
    assert "j-n1" in reconcile(ledger)


def test_that_of_a_celery_worker_without_a_site_publishes_no_job_and_makes_deliveries(
    redis, ledger
):
    Deliveries(redis, ledger.functions).add(Subscription("board", "webhook", "example.org"))
    Inventory(redis).put_host(Host("n4", "10.0.0.1", KEY))
    add(ledger, "j-told", cluster="c-told", hosts=("n4",), site="n4")
    one = Reconciler(ledger, lambda: None, sites=(), delivers=True)
    one.start()
    try:
        within(lambda: redis.llen(DELIVERY_KEY), "a deliverer to be sent for")
        within(lambda: delivering_seen(redis) == [process_name()], "it to tell that it delivers")
    finally:
        one.stop()

    assert [queued(redis, name) for name in ("n1", "n2", "n3", "n4")] == [0, 0, 0, 0]
    assert process_name() not in celery_workers_seen(redis), "it carries out no step"


def test_a_message_of_celerys_is_known_in_its_queue_and_not_sent_a_second_time(
    ledger, redis, monkeypatch
):
    monkeypatch.setattr("workflows.ledger.ledger.PATIENCE_SECONDS", 0.0)
    assert len(reconcile(ledger)) == 3
    message = redis.lrange(f"{QUEUE_KEYS}n1", 0, -1)

    for _ in range(3):
        make_due(redis)
        assert reconcile(ledger) == []

    assert redis.lrange(f"{QUEUE_KEYS}n1", 0, -1) == message
    redis.rpush(f"{QUEUE_KEYS}n1", message[0].replace("j-n1", "j-nx"))
    redis.lrem(f"{QUEUE_KEYS}n1", 0, message[0])
    make_due(redis)
    assert reconcile(ledger) == ["j-n1"], "a lost message is not sent again"


@pytest.mark.parametrize("broken", ["cw:due", "cw:workers"])
def test_what_makes_a_look_fail_is_told_once_and_ends_with_its_cause(
    broken, redis, running, caplog
):
    redis.rename(broken, "kept") if redis.exists(broken) else None
    redis.set(broken, "something else")

    ended = running()

    within(lambda: "WRONGTYPE" in caplog.text, "the error to be told")
    pause = threading.Event()
    pause.wait(reconciler.PERIOD_SECONDS * 3)
    assert caplog.text.count("Traceback") == 1
    redis.delete(broken)
    make_due(redis)
    within(lambda: queued(redis, "n3"), "a job to be published")
    within(lambda: process_name() in celery_workers_seen(redis), "the reconciler to tell")
    assert not ended.is_set()


def test_one_half_of_a_look_does_not_need_the_other(redis, running):
    redis.set("cw:workers", "something else")

    running()

    within(lambda: queued(redis, "n3"), "a job to be published")


def test_a_server_without_memory_loses_no_job(redis, ledger, running, caplog):
    redis.config_set("maxmemory", 1)
    try:
        ended = running()
        within(lambda: "maxmemory" in caplog.text, "the error to be told")
        assert redis.zcard("cw:due") == 3  # nobody is taken for broken
        assert ledger.set_aside() == 0
    finally:
        redis.config_set("maxmemory", 0)

    within(lambda: queued(redis, "n1"), "a job to be published")
    assert not ended.is_set()


def test_memory_that_ends_between_reading_and_publishing_loses_no_job(
    redis, ledger, running, caplog, monkeypatch
):
    class Full(Ledger):
        def tail(self, job_id):
            found = super().tail(job_id)
            if job_id == "j-n1":
                redis.config_set("maxmemory", 1)
            return found

    try:
        ended = running(Full(redis))
        within(lambda: "cannot publish" in caplog.text, "the error to be told")
    finally:
        redis.config_set("maxmemory", 0)
    monkeypatch.setattr(Full, "tail", Ledger.tail)

    within(lambda: all(queued(redis, name) for name in ("n1", "n2", "n3")), "all jobs")
    assert not ended.is_set()


def test_a_replica_that_takes_no_writes_loses_no_job(redis, ledger, running, caplog):
    redis.execute_command("REPLICAOF", "127.0.0.1", "1")
    try:
        ended = running()
        within(lambda: "read only replica" in caplog.text, "the error to be told")
    finally:
        redis.execute_command("REPLICAOF", "NO", "ONE")

    within(lambda: queued(redis, "n1"), "a job to be published")
    assert ledger.set_aside() == 0
    assert not ended.is_set()


def test_a_black_hole_does_not_hold_the_reconciler_for_ever(
    settings, tmp_path, redis, running, caplog
):
    with tcp_proxy(settings.redis_url) as proxy:
        ended = running(Ledger(connect(Settings(tmp_path, proxy.url))))
        within(lambda: queued(redis, "n1"), "a job to be published")
        proxy.drop()
        within(lambda: "Timeout" in caplog.text, "the time limit")
        proxy.refuse()  # what was dropped never arrives
        redis.delete("cw:workers")
        proxy.mend()

        within(lambda: redis.exists("cw:workers"), "the reconciler to tell that it lives")
        assert not ended.is_set()


class Ending(Ledger):
    def due(self, queues=""):
        raise SystemExit(queues)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_reconciler_that_ends_all_the_same_says_so(redis, running, caplog):
    ended = running(Ending(redis))

    assert ended.wait(SECONDS)
    assert "the reconciler has ended" in caplog.text


def test_a_reconciler_that_is_stopped_is_not_missed(redis, ledger):
    ended = threading.Event()
    one = Reconciler(ledger, ended=ended.set)
    one.start()

    one.stop()

    assert not ended.is_set()


def test_a_server_that_is_killed_between_reading_and_publishing_loses_no_job():
    with tempfile.TemporaryDirectory(prefix="cw-redis-") as folder:
        server = RedisServer(Path(folder) / "redis.sock")
        redis = start_redis(server)
        process = None
        try:
            client = connect(Settings(Path(folder), server.url))
            filled(client)
            process = subprocess.Popen(
                [sys.executable, PROCESS],
                env=os.environ | {"REDIS_URL": server.url, "PYTHONPATH": str(PROCESS.parents[2])},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            assert process.stdout.readline() == "read\n"
            redis.kill()
            redis.wait(timeout=60)
            process.stdin.write("go on\n" * 20)
            process.stdin.flush()
            assert "cannot publish" in process.stderr.readline()
            redis = start_redis(server)

            published = 0
            for _ in range(40):  # which of them met the server's absence is a matter of moments
                word, _, number = process.stdout.readline().strip().partition(" ")
                published += int(number) if word == "published" else 0
                if published >= 3:
                    break
            assert published == 3
            assert process.poll() is None
            client.close()
        finally:
            for one in filter(None, (process, redis)):
                one.kill()
                one.communicate()
