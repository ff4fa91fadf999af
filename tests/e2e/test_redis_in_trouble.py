"""Redis does not serve in the middle of a job: everybody says so, and nothing is lost."""

import contextlib
import tempfile
import time
from pathlib import Path

import httpx
import pytest
import redis as redis_client
import refusing_redis
from running_redis import RedisServer, start_redis
from stack import Stack, poll

SLOW = {"match": "snap install", "action": "slow", "seconds": 4, "times": 1}
TROUBLE_SECONDS = 8
ANSWER_SECONDS = 5


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory(prefix="cw-redis-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def server(folder):
    return RedisServer(folder / "redis.sock")


@pytest.fixture(scope="module")
def running(server):
    """The server's process, which a test may replace by another."""
    processes = [start_redis(server)]
    yield processes
    processes[-1].kill()
    processes[-1].wait(timeout=60)


@pytest.fixture(scope="module")
def own_stack(running, server, tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("troubled"), server.url, server.socket.parent)
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture
def stack(own_stack, lab):
    own_stack.forget()
    own_stack.register(lab)
    return own_stack


@pytest.fixture
def redis(server, running):
    client = redis_client.Redis.from_url(server.url, decode_responses=True)
    yield client
    client.close()


def frozen(redis):
    return refusing_redis.frozen(redis.info("server")["process_id"])


WAYS = {
    "full": refusing_redis.full,
    "read-only": refusing_redis.replica,
    "disk-full": refusing_redis.unable_to_save,
    "short-of-replicas": refusing_redis.short_of_replicas,
    "frozen": frozen,
}


def is_an_answer(ask, *problems):
    """Ask, and check that the answer is one: in time, well, or a problem with its advice."""
    began = time.monotonic()
    answer = ask()
    took = time.monotonic() - began
    assert took < ANSWER_SECONDS, f"{answer.request.url}: {took:.1f} s"
    if not answer.is_success:
        assert answer.status_code in (problems or (503,)), answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["advice"]
    return answer


def everything(stack, job_id):
    get = stack.client.get
    yield lambda: get(f"/v1/jobs/{job_id}")
    yield lambda: get("/v1/jobs")
    yield lambda: get("/v1/hosts")
    yield lambda: get("/metrics")
    yield lambda: get("/readyz")
    yield lambda: stack.post("other", {"control_plane": ["n5"]})


@contextlib.contextmanager
def killed(server, running):
    """Have no server, until it is started again with what it kept."""
    running[-1].kill()
    running[-1].wait(timeout=60)
    yield
    running.append(start_redis(server))


def everything_answers(stack, job_id, *problems):
    until = time.monotonic() + TROUBLE_SECONDS
    while time.monotonic() < until:
        for ask in everything(stack, job_id):
            is_an_answer(ask, *problems)


def begin(stack, lab, cluster="prod", host="n1"):
    lab.add_fault(host, SLOW)
    job_id = stack.post(cluster, {"control_plane": [host]}).json()["id"]
    poll(
        lambda: "snap install" in lab.exec(host, "ps -eo args").stdout,
        seconds=40,
        what="the installation to begin",
    )
    return job_id


def is_alive(stack):
    assert stack.processes["worker"].poll() is None, stack.log("worker")[-3000:]
    assert stack.processes["api"].poll() is None, stack.log("api")[-3000:]


def succeeds(stack, job_id):
    job = stack.finish(job_id)
    assert job["status"] == "succeeded", job["error"]
    is_alive(stack)


def ends_well(stack, job_id):
    succeeds(stack, job_id)
    other = stack.post("west", {"control_plane": ["n2"]}).json()["id"]
    assert stack.finish(other)["status"] == "succeeded"


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_job_in_whose_middle_redis_does_not_serve_ends_well(stack, lab, redis, way):
    job_id = begin(stack, lab)

    with WAYS[way](redis):
        everything_answers(stack, job_id)
        assert httpx.get(f"{stack.client.base_url}/healthz", timeout=1).status_code == 200

    ends_well(stack, job_id)


@pytest.mark.slow
def test_a_job_in_whose_middle_redis_is_killed_ends_well(stack, lab, server, running):
    job_id = begin(stack, lab)

    with killed(server, running):
        everything_answers(stack, job_id)

    ends_well(stack, job_id)


def test_a_redis_that_is_emptied_in_the_middle_of_a_job_is_served_again(stack, lab, redis):
    job_id = begin(stack, lab)

    redis.flushall()

    answer = poll(
        lambda: (got := stack.client.get(f"/v1/jobs/{job_id}")).status_code == 404 and got,
        seconds=20,
        what="the token to be known again",
    )
    assert answer.json()["type"] == "/problems/job-not-found"
    poll(
        lambda: "snap install" not in lab.exec("n1", "ps -eo args").stdout,
        seconds=40,
        what="the host to be left alone",
    )
    stack.register(lab)
    other = stack.post("west", {"control_plane": ["n2"]}).json()["id"]
    assert stack.finish(other)["status"] == "succeeded"
    is_alive(stack)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_one_installation_lives_through_all_of_it_in_turn(stack, lab, redis, server, running):
    for host, trouble in (
        ("n1", refusing_redis.full(redis)),
        ("n2", refusing_redis.replica(redis)),
        ("n3", frozen(redis)),
    ):
        job_id = begin(stack, lab, f"of-{host}", host)
        with trouble:
            everything_answers(stack, job_id)
        succeeds(stack, job_id)

    lost = begin(stack, lab, "of-n4", "n4")
    redis.flushall()
    everything_answers(stack, lost, 401, 404, 409, 503)
    is_alive(stack)
    known = [job["id"] for job in stack.client.get("/v1/jobs").json()["jobs"]]
    assert known == []
    stack.register(lab)

    job_id = begin(stack, lab, "of-n5", "n5")
    with killed(server, running):
        everything_answers(stack, job_id)
    succeeds(stack, job_id)


def test_what_is_no_message_is_dropped_from_the_queue(stack, lab, redis):
    key, warning = "cw:celery:site.default", "that is no message of ours"
    before = stack.log("worker").count(warning)

    redis.lpush(key, "{no json", "5", "[]", "{}", '{"body": 1, "properties": 2}')

    poll(lambda: not redis.llen(key), seconds=20, what="the elements to be taken")
    poll(lambda: stack.log("worker").count(warning) == before + 5, seconds=20, what="being told")
    job_id = stack.post("prod", {"control_plane": ["n1"]}).json()["id"]
    assert stack.finish(job_id)["status"] == "succeeded"
    assert stack.processes["worker"].poll() is None
