"""The server as it is started: gunicorn, gevent worker processes, several of them."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import redis as redis_client
from api_requests import CHANGES, Steps, change
from running_redis import RedisServer, start_redis
from served import SECONDS, served

from api.server import APP_LOAD_ERROR
from workflows.process.settings import Settings

CLIENTS = 40


@pytest.fixture
def server(port, redis, settings, tmp_path):
    log = tmp_path / "server.log"
    with served(port, settings, log, "--workers", "2") as process:
        yield process, log


@pytest.fixture
def http(port, server, settings):
    token = (settings.data_dir / "token").read_text().strip()
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        headers={"Authorization": f"Bearer {token}"},
        limits=httpx.Limits(max_connections=None),
        timeout=SECONDS,
        trust_env=False,
    ) as client:
        yield client


def ids_heard(http, job):
    with http.stream("GET", f"/v1/jobs/{job}/events") as answer:
        return [int(line[4:]) for line in answer.iter_lines() if line.startswith("id: ")]


def test_many_followers_in_two_processes_hear_everything_while_polls_are_answered(
    ledger, http, server
):
    job = http.post(CHANGES, json=change()).json()["id"]
    steps = Steps(ledger, job)

    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        streams = [pool.submit(ids_heard, http, job) for _ in range(CLIENTS)]
        poll = pool.submit(http.get, f"/v1/jobs/{job}", params={"wait": 30})
        steps.finish()
        heard = [stream.result(SECONDS) for stream in streams]

    every = [event.seq for event in ledger.events(job)]
    assert heard == [every] * CLIENTS
    assert poll.result().status_code == 200
    _, log = server
    assert "Traceback" not in log.read_text()
    assert "MonkeyPatchWarning" not in log.read_text()


def test_the_first_token_is_in_its_file_and_neither_in_the_log_nor_in_an_argument(
    server, http, settings
):
    process, log = server
    token = (settings.data_dir / "token").read_text().strip()

    assert str(settings.data_dir / "token") in log.read_text()
    assert token not in log.read_text()
    assert http.get("/v1/jobs").status_code == 200
    with open(f"/proc/{process.pid}/cmdline") as file:
        assert token not in file.read()


def test_every_line_of_the_log_is_json_with_the_trace_of_its_request(ledger, http, server):
    answer = http.post(CHANGES, json=change())

    _, log = server
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    loggers = {line["logger"] for line in lines}
    assert loggers == {"api.local_token", "api.server", "api.http.request_log"}
    assert lines[-1]["trace_id"] == answer.json()["trace_id"]
    assert lines[-1]["job"] == answer.json()["id"]


def test_the_streams_of_all_processes_are_counted_whichever_is_asked(ledger, http, server):
    job = http.post(CHANGES, json=change()).json()["id"]
    counts = set()
    deadline = time.monotonic() + SECONDS

    with contextlib.ExitStack() as streams:
        reading = []  # a reader that is forgotten ends its stream
        for _ in range(8):
            stream = streams.enter_context(http.stream("GET", f"/v1/jobs/{job}/events"))
            reading.append(stream.iter_lines())
            next(reading[-1])
        while counts != {"8"} and time.monotonic() < deadline:
            counts = {streams_told(http) for _ in range(6)}

    assert counts == {"8"}


def streams_told(http):
    """Ask whichever process takes a fresh connection."""
    text = http.get("/metrics", headers={"Connection": "close"}).text
    return re.search(r"^clusterwright_sse_clients (\d+)", text, re.MULTILINE)[1]


def test_a_signal_ends_the_server_though_a_client_follows(ledger, http, server, port):
    process, _ = server
    job = http.post(CHANGES, json=change()).json()["id"]

    with http.stream("GET", f"/v1/jobs/{job}/events") as answer:
        lines = answer.iter_lines()  # kept: an iterator that is let go closes the connection
        next(lines)
        process.send_signal(signal.SIGTERM)
        code = process.wait(SECONDS)

    assert code == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)


def readiness(port):
    return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False, timeout=SECONDS)


def test_a_server_that_starts_before_its_redis_is_ready_once_that_is_there(port, tmp_path):
    with tempfile.TemporaryDirectory(prefix="cw-redis-") as folder:
        late = RedisServer(Path(folder) / "redis.sock")
        settings = Settings(tmp_path, late.url)
        with served(port, settings, tmp_path / "server.log", "--workers", "2"):
            before = readiness(port).status_code
            process = start_redis(late)
            try:
                wait_until(lambda: told_of(late, "cw:approvers") and serves(port))
            finally:
                process.terminate()
                process.wait(SECONDS)

    assert before == 503


def serves(port):
    """Whether Redis is well, whatever else is amiss: no Celery worker runs here."""
    return readiness(port).json()["checks"]["redis"]["status"] == "pass"


def told_of(server, key):
    with redis_client.Redis.from_url(server.url) as client:
        return client.exists(key)


def wait_until(holds):
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def children_of(process):
    threads = Path(f"/proc/{process.pid}/task").iterdir()
    return {int(pid) for thread in threads for pid in (thread / "children").read_text().split()}


def test_a_server_process_that_is_killed_is_replaced_by_one_that_serves_as_before(
    ledger, http, server
):
    process, _ = server
    before = children_of(process)
    for pid in before:
        os.kill(pid, signal.SIGKILL)

    wait_until(lambda: len(children_of(process) - before) == 2)
    answer = http.post(CHANGES, json=change())

    assert answer.status_code == 202
    assert ids_heard_first(http, answer.json()["id"])


def ids_heard_first(http, job):
    with http.stream("GET", f"/v1/jobs/{job}/events") as answer:
        lines = answer.iter_lines()
        return next(lines)


def test_a_server_ends_at_once_where_data_is_laid_out_as_it_does_not_know(port, redis, settings):
    redis.set("cw:schema", "99")

    ended = subprocess.run(
        [sys.executable, "-m", "api.server", "--bind", f"127.0.0.1:{port}"],
        env=os.environ
        | {"CLUSTERWRIGHT_DATA": str(settings.data_dir), "REDIS_URL": settings.redis_url},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert ended.returncode == APP_LOAD_ERROR
    assert "cannot start: Redis holds data laid out as version 99" in ended.stderr
