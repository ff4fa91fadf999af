"""Senders of signed events: each on a connection of its own, in a process of their own."""

import asyncio
import hashlib
import hmac
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

SENDER, ALERTS = "bench-ci", "bench-alerts"
CLUSTERS = "hook-*"
SAME_CLUSTER = "hook-storm"
RULES = f"""\
sources:
  {SENDER}:
    {{kind: generic, clusters: "{CLUSTERS}", environments: [dev], kinds: [do-nothing],
      approve_within: 24}}
  {ALERTS}:
    {{kind: alertmanager, clusters: "{CLUSTERS}", environments: [dev], kinds: [do-nothing]}}
rules:
  - name: one-each
    source: {SENDER}
    types: [wanted]
    change: {{kind: do-nothing, cluster: {{get: cluster}}, params: {{host: bench-host, steps: 1}}}}
  - name: once
    source: {ALERTS}
    types: [firing]
    cool_down: 30m
    change: {{kind: do-nothing, cluster: {SAME_CLUSTER}, params: {{host: bench-host, steps: 1}}}}
"""
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Sent:
    """One request and its answer."""

    seconds: float
    """From the first byte sent to the last byte of the answer; without an answer, for ever."""
    status: int
    body: bytes


def press(port: int, secret: str, senders: int, each: int, start: int) -> list[Sent]:
    """Have each of the senders send so many events, one after the other; each is of its own."""
    requests = [
        [_signed(secret, start + sender * each + place) for place in range(each)]
        for sender in range(senders)
    ]
    return asyncio.run(_all(port, requests))


def storm(port: int, secret: str, per_request: int, per_second: int, seconds: int) -> list[Sent]:
    """Send alerts at a steady rate, each other than those before, whether answered or not."""
    return asyncio.run(_storm(port, secret, per_request, per_second, seconds))


async def _all(port: int, requests: list[list[bytes]]) -> list[Sent]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        found = await asyncio.gather(*(_one_sender(port, its) for its in requests))
    return [sent for one in found for sent in one]


async def _one_sender(port: int, requests: list[bytes]) -> list[Sent]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return [await _exchange(reader, writer, request) for request in requests]
    finally:
        writer.close()


async def _storm(
    port: int, secret: str, per_request: int, per_second: int, seconds: int
) -> list[Sent]:
    period = per_request / per_second
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        tasks = []
        for place, request in enumerate(_alert_requests(secret, per_request, period, seconds)):
            await asyncio.sleep(max(0.0, began + place * period - time.monotonic()))
            tasks.append(group.create_task(_alone(port, request)))
    return [task.result() for task in tasks]


async def _alone(port: int, request: bytes) -> Sent:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await _exchange(reader, writer, request)
    finally:
        writer.close()


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> Sent:
    began = time.perf_counter()
    writer.write(request)
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
    except (asyncio.IncompleteReadError, ConnectionError):
        return Sent(math.inf, 0, b"")
    return Sent(time.perf_counter() - began, int(head.split(b" ", 2)[1]), body)


def _length(head: bytes) -> int:
    fields = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return next(int(value) for name, _, value in fields if name.lower() == b"content-length")


def _signed(secret: str, number: int) -> bytes:
    body = json.dumps({"type": "wanted", "cluster": f"hook-{number}"}).encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return _request(SENDER, f"X-Signature: sha256={digest}", body)


def _alert_requests(secret: str, per_request: int, period: float, seconds: int) -> Iterator[bytes]:
    for place in range(round(seconds / period)):
        alerts = [
            {
                "status": "firing",
                "labels": {"alertname": "NodeDown", "instance": f"n{place}-{alert}"},
                "startsAt": "2026-01-02T03:04:05Z",
                "fingerprint": f"{place:x}-{alert:x}",
            }
            for alert in range(per_request)
        ]
        body = json.dumps({"version": "4", "status": "firing", "alerts": alerts}).encode()
        yield _request(ALERTS, f"Authorization: Bearer {secret}", body)


def _request(source: str, proof: str, body: bytes) -> bytes:
    head = (
        f"POST /v1/hooks/{source} HTTP/1.1\r\nHost: 127.0.0.1\r\n{proof}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
