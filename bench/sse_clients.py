"""Many clients follow one running job over Server-Sent Events, while its status is being polled.

The latency of an event is from the ledger's own clock, in the event, to its receipt; the clients
run in a process of their own on the same machine, so what they cost is in the numbers.
"""

import asyncio
import json
import math
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench.alone import alone
from bench.job_polls import poll
from bench.noop_stack import API_PROCESSES, NoopStack, noop_stack
from bench.own_redis import own_redis
from bench.processes import CannotMeasure
from bench.row import Row, percentile, spread
from bench.setting import Setting

CLIENTS = 500
EVENTS_PER_SECOND = 10
LONGEST_MS = 100.0
POLL_SECONDS = 0.05
CONNECT_SECONDS = 4.0
"""What the clients may take to connect: their latency counts from then on."""
PATIENCE_SECONDS = 180.0
END = b"event: end\n"
REFUSED_SECONDS = 0.2
"""How soon a client that was sent away comes back."""


@dataclass(slots=True)
class Heard:
    """What one client received: pieces of text, each with the moment of its arrival."""

    ready: float = 0.0
    """When the answer's head was there."""
    refusals: int = 0
    """How often the client was sent away, with 503 or without a word."""
    connections: int = 0
    pieces: list[tuple[float, bytes]] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return any(END in piece for _, piece in self.pieces[-2:])

    def events(self) -> list[tuple[int, float, float]]:
        """Return sequence number, time of the event and time of receipt of each event."""
        found = []
        rest = b""
        for moment, piece in self.pieces:
            *frames, rest = (rest + piece).split(b"\n\n")
            for frame in frames:
                fields = dict(line.split(b": ", 1) for line in frame.split(b"\n") if b": " in line)
                if b"id" in fields:
                    at = float(json.loads(fields[b"data"])["at"])
                    found.append((int(fields[b"id"]), at, moment))
        return found


@dataclass(frozen=True, slots=True)
class Followed:
    """What all clients together received of one job."""

    last_seq: int
    refusals: int
    resumed: int
    """Connections that clients made after their first, each with the id of the last event."""
    complete: int
    """Clients that received every event once, in order."""
    latencies: tuple[float, ...]
    """Seconds; of events that happened when every client was connected."""


def follow(port: int, token: str, job: str, clients: int) -> Followed:
    """Follow a job with many clients until it ends."""
    heard = asyncio.run(_follow_all(port, token, job, clients))
    everyone = max(client.ready for client in heard)
    received = [client.events() for client in heard]
    last = max(seq for events in received for seq, _, _ in events)
    expected = list(range(1, last + 1))
    return Followed(
        last_seq=last,
        refusals=sum(client.refusals for client in heard),
        resumed=sum(client.connections - 1 for client in heard),
        complete=sum([seq for seq, _, _ in events] == expected for events in received),
        latencies=tuple(
            moment - at for events in received for _, at, moment in events if at > everyone
        ),
    )


async def _follow_all(port: int, token: str, job: str, clients: int) -> list[Heard]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        one = [_follow_one(port, token, job) for _ in range(clients)]
        return list(await asyncio.gather(*one))


async def _follow_one(port: int, token: str, job: str) -> Heard:
    """Follow to the end as a browser does: resume where the stream broke off."""
    heard = Heard()
    while not heard.is_over:
        if not await _connect(heard, port, token, job):
            heard.refusals += 1
            await asyncio.sleep(REFUSED_SECONDS)
    return heard


async def _connect(heard: Heard, port: int, token: str, job: str) -> bool:
    """Follow while the connection lasts; false when the server sends the client away."""
    events = heard.events()
    # HTTP/1.0: the answer is the plain stream, without chunks to be taken apart.
    request = (
        f"GET /v1/jobs/{job}/events HTTP/1.0\r\nAuthorization: Bearer {token}\r\n"
        f"Last-Event-ID: {events[-1][0] if events else 0}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request.encode())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False  # one of too many that one address opened at once
        status = head.split(b" ", 2)[1]
        if status == b"503":
            return False
        if status != b"200":
            raise CannotMeasure(f"cannot follow job {job}: answered with {head.decode()}")
        heard.ready = time.time()
        heard.connections += 1
        while piece := await reader.read(65536):
            heard.pieces.append((time.time(), piece))
    finally:
        writer.close()
    return True


def rows(setting: Setting) -> Iterator[Row]:
    """Measure delivery, and polling beside it."""
    seconds = 6 if setting.quick else 20
    with tempfile.TemporaryDirectory(prefix="cw-bench-") as name:
        folder = Path(name)
        with (
            own_redis(folder / "redis") as url,
            noop_stack(folder / "ours", url, concurrency=2) as stack,
        ):
            found = [_round(stack, seconds) for _ in range(setting.rounds)]
    yield _row([followed for followed, _ in found], [ms for _, polls in found for ms in polls])


def _round(stack: NoopStack, seconds: float) -> tuple[Followed, list[float]]:
    """Have a job say something for a while, follow it, and poll it meanwhile."""
    count = int((seconds + CONNECT_SECONDS) * EVENTS_PER_SECOND)
    with stack.line() as line:
        job = stack.post(line, steps=1, reports=count, pause_seconds=1 / EVENTS_PER_SECOND)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        followed = pool.submit(follow, stack.port, stack.token, job, CLIENTS)
        polled = poll(stack, job, followed, POLL_SECONDS)
        return followed.result(), polled


def _row(found: list[Followed], polls: list[float]) -> Row:
    clients = CLIENTS * len(found)
    ms = [seconds * 1000 for followed in found for seconds in followed.latencies]
    tails = [1000 * percentile(followed.latencies, 99) for followed in found]
    complete = sum(followed.complete for followed in found)
    refusals = sum(followed.refusals for followed in found)
    resumed = sum(followed.resumed for followed in found)
    events = sum(followed.last_seq * CLIENTS for followed in found)
    tail, half = percentile(ms, 99), percentile(ms, 50)
    answered = [poll for poll in polls if poll < math.inf]
    dead, slow = len(polls) - len(answered), percentile(answered, 95)
    return Row(
        name=f"SSE to {CLIENTS} clients, event to receipt, p99",
        ours=tail,
        contender=None,
        ratio=None,
        target=f"every event to every client, p99 at most {LONGEST_MS:.0f} ms, API alive",
        met=tail <= LONGEST_MS and complete == clients and not refusals and not dead,
        rounds=len(found),
        spread={
            "ours": spread(tails),
            "p50": half,
            "most": max(ms),
            "clients": clients,
            "complete_clients": complete,
            "refusals": refusals,
            "resumed": resumed,
            "events_received": events,
            "polls": spread(answered),
            "poll_p95": slow,
            "polls_unanswered": dead,
        },
        unit="ms",
        note=f"{EVENTS_PER_SECOND} events a second to each of {CLIENTS} clients that connect at "
        f"once to {API_PROCESSES} gevent processes; {complete} of {clients} clients received "
        f"every event once and in order ({events} in all), {refusals} refusals, {resumed} "
        f"resumptions; p50 {half:.0f} ms; {len(polls)} status polls meanwhile, {dead} without an "
        f"answer, p50 {percentile(answered, 50):.0f} ms, p95 {slow:.0f} ms; the clients are one "
        "Python process on the same cores",
    )


if __name__ == "__main__":
    alone(rows)()
