"""What a job does on lab hosts reaches a receiver, signed and in order, from the whole product."""

import itertools
import json

import pytest
from polling import within
from receiver import Reply, receiving
from standardwebhooks import Webhook

PREFIX = "io.clusterwright."


@pytest.fixture
def receiver():
    with receiving() as found:
        yield found


def test_a_job_on_lab_hosts_is_told_from_its_first_event_to_its_last(stack, receiver):
    asked = {"name": "board", "url": receiver.url, "events": ["job.*", "host.*", "cluster.free"]}
    made = stack.client.post("/v1/subscriptions", json=asked)
    assert made.status_code == 201, made.text
    receiver.replies.append(Reply(503))  # the first attempt fails

    job = stack.post("prod", {"control_plane": ["n1"], "environment": "dev"}).json()["id"]
    assert stack.finish(job)["status"] == "succeeded"

    def told():
        return PREFIX + "cluster.free" in [row["type"] for row in verified()]

    def verified():
        hook = Webhook(made.json()["secret"])
        return [hook.verify(got.body, got.headers) for got in list(receiver.got)]

    within(told, "the last event to arrive")
    events = verified()
    types = [row["type"].removeprefix(PREFIX) for row in events]
    assert types[:3] == ["job.accepted", "job.accepted", "job.started"]
    assert types[-2:] == ["job.succeeded", "cluster.free"]
    assert {"host.running", "host.ok"} & set(types)
    numbers = [int(row["sequence"]) for row in events]
    assert all(one <= other for one, other in itertools.pairwise(numbers))
    assert {row["subject"] for row in events} == {f"jobs/{job}"}
    recorded = [
        (row["seq"], row["type"])
        for row in _events(stack, job)
        if row["type"].startswith(("job.", "host."))
    ]
    arrived = {(int(row["sequence"]), row["type"].removeprefix(PREFIX)) for row in events[:-1]}
    assert sorted(arrived) == [(seq, kind.replace("-", ".")) for seq, kind in recorded]


def _events(stack, job):
    text = stack.client.get(f"/v1/jobs/{job}/events", headers={"Accept": "text/event-stream"}).text
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [row for row in map(json.loads, lines) if "seq" in row and "type" in row]
