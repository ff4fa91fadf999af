"""Everything of Clusterwright dies in the middle of a drill: the host starts its node by itself."""

import tempfile
from pathlib import Path

import pytest
from running_redis import RedisServer, start_redis
from stack import Stack, poll

from cluster.drills import HEAL_SECONDS

TWO = {"control_plane": ["n1"], "workers": ["n2"]}
SECONDS = 10
TIMER = "systemctl is-active clusterwright-drill.timer"


@pytest.fixture
def server():
    with tempfile.TemporaryDirectory(prefix="cw-redis-") as folder:
        yield RedisServer(Path(folder) / "redis.sock")


@pytest.fixture
def running(server):
    """The server's process, which the test replaces by another."""
    processes = [start_redis(server)]
    yield processes
    processes[-1].kill()
    processes[-1].wait(timeout=60)


@pytest.fixture
def stack(running, server, lab, tmp_path):
    stack = Stack(tmp_path, server.url, server.socket.parent)
    stack.start()
    stack.register(lab)
    yield stack
    stack.stop()


def active(lab, host):
    return lab.exec(host, "snap services microk8s").stdout.count(" active ")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_node_is_at_work_again_although_api_celery_worker_and_redis_are_killed_for_good(
    stack, running, server, lab, how
):
    formed = stack.finish(stack.post("prod", TWO).json()["id"])
    assert formed["status"] == "succeeded", formed["error"]
    ran = active(lab, "n2")
    wish = {"target": "worker", "seconds": SECONDS, "how": how}
    job = stack.post("prod", wish, kind="drill").json()["id"]
    poll(lambda: active(lab, "n2") < ran, seconds=60, what="the node to be stopped")

    for name in list(stack.processes):
        stack.kill(name)
    running[-1].kill()
    running[-1].wait(timeout=60)
    poll(
        lambda: active(lab, "n2") == ran,
        seconds=SECONDS + HEAL_SECONDS + 120,
        what="the host to start its node",
    )
    poll(lambda: lab.exec("n2", TIMER).stdout != "active\n", seconds=60, what="no timer to be set")

    running.append(start_redis(server))
    stack.start()
    ended = stack.finish(job, seconds=300)
    assert ended["status"] in {"failed", "succeeded"}
    told = stack.client.get(f"/v1/jobs/{job}/drill").json()
    assert told["passed"] is not True
    assert active(lab, "n2") == ran
