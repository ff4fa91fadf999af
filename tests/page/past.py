"""Puts a job into the past: as far apart as a real one for pictures, or as a test says."""

import json
from collections.abc import Iterable
from typing import Any

import redis as redis_client

SECONDS = {
    "preflight": 4.2,
    "prepare_hosts": 13.5,
    "install_microk8s": 52.0,
    "join_control_plane": 36.0,
    "join_workers": 21.0,
    "label_nodes": 2.6,
    "enable_addons": 17.0,
    "verify_quorum": 5.4,
}
"""How long each step takes on real machines, about."""
SPREAD = (0.79, 0.84, 0.88, 0.91, 0.97, 1.0)
"""Of that, how much one host after the other takes."""


def put_back(redis: redis_client.Redis, job: str, *, ended_ago: float) -> None:
    """Have the newest event of ``job`` be so long ago, and those before it where they belong."""
    client: Any = redis
    key = f"cw:job:{job}"
    names = {
        str(index): client.hget(f"{key}:step:{index}", "name")
        for index in range(int(client.hget(key, "steps")))
    }
    entries = client.xrange(f"{key}:events")
    moments = list(_moments([entry for _, entry in entries], names))
    seconds, micros = client.time()
    shift = seconds * 1000 + micros // 1000 - ended_ago * 1000 - moments[-1][0] * 1000
    client.delete(f"{key}:events")
    for (name, entry), (at, spent) in zip(entries, moments, strict=True):
        data = json.loads(entry["data"])
        if spent is not None:
            data["seconds"] = round(spent, 1)
            client.hset(f"{key}:hosts:{entry['step']}", data["host"], json.dumps(data))
        moved = {"at": int(shift + at * 1000), "data": json.dumps(data)}
        client.xadd(f"{key}:events", entry | moved, id=name)
        _record(client, key, entry, moved["at"])
    cluster = f"cw:cluster:{client.hget(key, 'cluster')}"
    if client.hexists(cluster, "observed_at"):
        client.hset(cluster, "observed_at", int(shift + moments[-1][0] * 1000))


def _moments(
    entries: Iterable[dict[str, str]], names: dict[str, str]
) -> Iterable[tuple[float, float | None]]:
    """Yield for each event its moment, and for a host's what it has spent in the step."""
    clock = began = 0.0
    ended = 0
    for entry in entries:
        spent = None
        if entry["type"] == "step.started":
            clock, ended = clock + 0.1, 0
            began = clock
        elif entry["type"] in {"host.done", "host.failed"}:
            spent = SECONDS[names[entry["step"]]] * SPREAD[ended % len(SPREAD)]
            ended += 1
            clock = max(clock, began + spent)
        elif entry["type"] == "host.running":
            spent = 0.3
            clock = max(clock, began + spent)
        yield (began + spent if spent is not None else clock), spent


def _record(client: Any, key: str, entry: dict[str, str], at: int) -> None:
    """Tell the job and its steps what their events tell."""
    fields = {
        "job.accepted": (key, "created"),
        "job.started": (key, "started"),
        "job.succeeded": (key, "finished"),
        "job.failed": (key, "finished"),
        "step.started": (f"{key}:step:{entry['step']}", "started"),
        "step.succeeded": (f"{key}:step:{entry['step']}", "finished"),
        "step.failed": (f"{key}:step:{entry['step']}", "finished"),
    }
    if entry["type"] in fields:
        place, field = fields[entry["type"]]
        client.hset(place, field, at)
        if field == "started" and client.hexists(place, "running_since"):
            client.hset(place, "running_since", at)
        if field == "finished":
            client.hset(place, "worked", at - int(client.hget(place, "started")))
    if entry["type"] == "job.accepted":
        cluster, status, kind = client.hmget(key, "cluster", "status", "kind")
        of_cluster = f"cw:jobs:cluster:{cluster}"
        for index in (
            "cw:jobs",
            of_cluster,
            f"cw:jobs:status:{status}",
            f"{of_cluster}:status:{status}",
            f"{of_cluster}:kind:{kind}",
        ):
            client.zadd(index, {key.removeprefix("cw:job:"): at})


def pass_time(redis: redis_client.Redis, job: str, seconds: float) -> None:
    """Have all that a job tells be so much longer ago, as if as much time had passed since."""
    client: Any = redis
    key, back = f"cw:job:{job}", int(seconds * 1000)
    steps = [f"{key}:step:{index}" for index in range(int(client.hget(key, "steps")))]
    for place in (key, *steps):
        for field in ("created", "started", "running_since", "finished", "lease", "due"):
            if client.hexists(place, field):
                client.hincrby(place, field, -back)
    entries = client.xrange(f"{key}:events")
    client.delete(f"{key}:events")
    for name, entry in entries:
        client.xadd(f"{key}:events", entry | {"at": int(entry["at"]) - back}, id=name)
