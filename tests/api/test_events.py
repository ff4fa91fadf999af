"""Server-Sent Events from a real, threaded server."""

import json
import threading
from collections.abc import Iterator

import httpx
import pytest
import refusing_redis
from werkzeug.serving import make_server

from api import events as event_routes

SECONDS = 60


@pytest.fixture
def server(app) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def http(server, token) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=server, headers=headers, timeout=SECONDS, trust_env=False) as http:
        yield http


def messages(lines):
    """Read a stream: each message is a dictionary of its fields."""
    found = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            found[name] = value
        elif found:
            yield found
            found = {}


class Follower(threading.Thread):
    """Follows a job in a thread and keeps what it reads."""

    def __init__(self, http, job, **options):
        super().__init__()
        self.http, self.job, self.options = http, job, options
        self.opened = threading.Event()
        self.found = []

    def run(self):
        with self.http.stream("GET", f"/v1/jobs/{self.job}/events", **self.options) as answer:
            for message in messages(answer.iter_lines()):
                self.found.append(message)
                self.opened.set()

    @property
    def ids(self):
        return [int(message["id"]) for message in self.found if "id" in message]


def follow(http, job, **options):
    follower = Follower(http, job, **options)
    follower.start()
    assert follower.opened.wait(SECONDS)
    return follower


def test_a_finished_job_is_replayed_in_whole_and_ends(http, ledger, job, steps):
    steps.finish()

    follower = follow(http, job)
    follower.join(SECONDS)

    first, *replayed, last = follower.found
    assert first == {"retry": "3000"}
    assert [json.loads(message["data"]) for message in replayed] == [
        event.as_dict() for event in ledger.events(job)
    ]
    assert [message["event"] for message in replayed[:2]] == ["job.accepted", "job.started"]
    assert last["event"] == "end"
    assert json.loads(last["data"])["status"] == "succeeded"
    assert "id" not in last


def test_what_happens_while_a_client_follows_reaches_it_once_and_in_order(http, ledger, job, steps):
    followers = [follow(http, job) for _ in range(10)]

    steps.finish()
    for follower in followers:
        follower.join(SECONDS)

    every = [event.seq for event in ledger.events(job)]
    assert [follower.ids for follower in followers] == [every] * 10
    assert {follower.found[-1]["event"] for follower in followers} == {"end"}


def test_clients_that_come_while_events_happen_miss_and_repeat_nothing(http, ledger, job, steps):
    steps.begin()
    stop = threading.Event()

    def happen():
        number = 0
        while not stop.is_set():
            number += 1
            ledger.host(steps.leases[0], "n1", {"status": "running", "detail": str(number)})

    source = threading.Thread(target=happen)
    source.start()
    followers = [follow(http, job) for _ in range(8)]
    stop.set()
    source.join()
    steps.end()
    for step in ledger.job(job).steps[1:]:
        steps.begin(step.index)
        steps.end(step.index)
    for follower in followers:
        follower.join(SECONDS)

    every = [event.seq for event in ledger.events(job, limit=1_000_000)]
    assert len(every) > 20
    assert [follower.ids == every for follower in followers] == [True] * 8


@pytest.mark.parametrize(
    "options", [{"headers": {"Last-Event-ID": "3"}}, {"params": {"after": 3}}], ids=["id", "after"]
)
def test_a_client_resumes_after_the_last_event_it_has_seen(http, ledger, job, steps, options):
    steps.finish()

    follower = follow(http, job, **options)
    follower.join(SECONDS)

    assert follower.ids == [event.seq for event in ledger.events(job, after=3)]


def test_a_client_that_has_seen_all_of_a_finished_job_is_told_that_it_is_over(http, job, steps):
    steps.finish()
    seq = steps.ledger.job(job).seq

    follower = follow(http, job, params={"after": seq})
    follower.join(SECONDS)

    assert [message.get("event") for message in follower.found] == [None, "end"]


def test_a_failure_that_was_retried_does_not_end_the_replay(http, ledger, job, steps):
    steps.begin()
    steps.fail()
    ledger.retry(job)
    steps.finish()

    follower = follow(http, job)
    follower.join(SECONDS)

    assert follower.ids == [event.seq for event in ledger.events(job)]
    assert json.loads(follower.found[-1]["data"])["status"] == "succeeded"


def test_a_client_that_knows_more_than_there_is_starts_anew(http, ledger, job, steps):
    steps.finish()

    follower = follow(http, job, headers={"Last-Event-ID": "9999"})
    follower.join(SECONDS)

    assert follower.found[1]["event"] == "reset"
    assert follower.ids == [event.seq for event in ledger.events(job)]


def test_a_quiet_stream_is_kept_alive(http, job, steps, monkeypatch):
    monkeypatch.setattr(event_routes, "HEARTBEAT_SECONDS", 0.05)

    with http.stream("GET", f"/v1/jobs/{job}/events") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["X-Accel-Buffering"] == "no"
        beats = (line for line in answer.iter_lines() if line.startswith(":"))
        assert [next(beats), next(beats)] == [": heartbeat", ": heartbeat"]


def becomes(what) -> bool:
    pause = threading.Event()
    return any(what() or pause.wait(0.01) for _ in range(SECONDS * 100))


def test_a_client_that_leaves_gives_its_place_back(app, http, job, monkeypatch):
    monkeypatch.setattr(event_routes, "HEARTBEAT_SECONDS", 0.02)
    hub = app.extensions["clusterwright"].hub

    with http.stream("GET", f"/v1/jobs/{job}/events") as answer:
        lines = answer.iter_lines()  # kept: an iterator that is let go closes the connection
        next(lines)
        assert hub.clients == 1
    assert becomes(lambda: hub.clients == 0)


def test_one_stream_too_many_is_told_to_come_later_and_polling_goes_on(app, http, job):
    app.extensions["clusterwright"].hub.most_clients = 1

    with http.stream("GET", f"/v1/jobs/{job}/events") as first:
        second = http.get(f"/v1/jobs/{job}/events")
        poll = http.get(f"/v1/jobs/{job}", params={"wait": 30})

        assert first.status_code == 200
        assert (second.status_code, second.json()["type"]) == (503, "/problems/too-many-streams")
        assert second.headers["Retry-After"] == "10"
        assert poll.status_code == 304


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 30])
def test_a_last_event_id_that_is_none_is_refused(client, job, last):
    answer = client.get(f"/v1/jobs/{job}/events", headers={"Last-Event-ID": last})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/Last-Event-ID"


def test_a_stream_says_how_redis_refuses(http, job, redis, monkeypatch):
    monkeypatch.setattr(event_routes, "HEARTBEAT_SECONDS", 0.1)
    follower = follow(http, job)

    with refusing_redis.silent_replica(redis):
        follower.join(SECONDS)

    assert follower.found[-1]["event"] == "reset"
    assert "Redis is a replica" in json.loads(follower.found[-1]["data"])["detail"]
