"""Following a job: its events as they happen, and its end; pure, as talks are."""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypedDict

import httpx

from clusterwright.calls import CONNECT_SECONDS, Call, arguments, path, problem
from clusterwright.documents import Job
from clusterwright.failures import NotTheApi, NotYet, Problem, TimedOut, Unreachable
from clusterwright.operations import show_job
from clusterwright.patience import PASSING, Patience
from clusterwright.sse import Message, Reader
from clusterwright.talks import NextLine, Open, Pause, ReadRest, Talk, Tell, ask

SILENCE_SECONDS = 45.0
"""A stream sends a heartbeat each 15 s; after three missing ones it is taken for dead."""
LOST = PASSING | {504}
"""Of whoever follows a job, these are lost connections; the last problem is told at the end."""
POLL_SECONDS = 25
"""How long one request waits for news."""
LEAST_SECONDS = 1.0
"""An API that has no room for one more to wait answers at once: it is not asked more often."""
Clock = Callable[[], float]


class Event(TypedDict):
    """Something that happened in a job."""

    seq: int
    job: str
    type: str
    at: float
    time: str
    step: int | None
    status: str | None
    data: dict[str, Any]


@dataclass(slots=True)
class Following:
    """Tells a job's events behind ``after``; a lost connection is made anew behind the last one."""

    job_id: str
    after: int
    url: str
    patience: Patience
    clock: Clock = time.monotonic
    _lost_since: float | None = field(default=None)
    _is_over: bool = field(default=False)

    def talk(self) -> Talk[None]:
        """Go on until the job is finished, or as long without a connection as patience has it."""
        while True:
            try:
                yield from self._stream()
            except (httpx.HTTPError, Problem) as failure:
                self._lose(failure)
            if self._is_over:
                return
            yield Pause(self.patience.reconnect_seconds)

    def _lose(self, failure: httpx.HTTPError | Problem) -> None:
        """Note a lost connection; raise what it was if that is too much."""
        if isinstance(failure, Problem) and failure.status not in LOST:
            raise failure
        now = self.clock()
        self._lost_since = now if self._lost_since is None else self._lost_since
        if now - self._lost_since > self.patience.give_up_seconds:
            raise failure if isinstance(failure, Problem) else Unreachable(self.url, failure)

    def _stream(self) -> Talk[None]:
        address = path("/v1/jobs/{job_id}/events", job_id=self.job_id)
        call = Call[None]("GET", address, headers={"Last-Event-ID": str(self.after)})
        asked = arguments(call, uuid.uuid4().hex)
        asked["headers"]["Accept"] = "text/event-stream"
        asked["timeout"] = httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
        response: httpx.Response = yield Open(asked)
        if not response.is_success:
            yield ReadRest()
            raise _refusal(response)
        self._lost_since = None
        reader = Reader()
        line: str | None
        while (line := (yield NextLine())) is not None:
            message = reader.read(line)
            if message and message.event in {"end", "reset"}:
                self._is_over = message.event == "end"
                return
            if message:
                yield Tell(self._noted(message))

    def _noted(self, message: Message) -> Event:
        event: Event = json.loads(message.data)
        self.after = int(event["seq"])
        return event


def _refusal(response: httpx.Response) -> Exception:
    """Return what a stream that did not begin was answered with; a proxy's page is a lost line."""
    found = problem(response)
    if isinstance(found, NotTheApi) and found.status in LOST:
        return httpx.RemoteProtocolError(f"HTTP status {found.status}")
    return found


def rest(
    job_id: str,
    within: float | None,
    url: str,
    patience: Patience,
    clock: Clock = time.monotonic,
) -> Talk[Job]:
    """Return a job once nothing moves in it until a person asks for it.

    An API that is away meanwhile is asked again, as long as patience has it for followed jobs.
    Raises ``TimedOut`` where it is not so ``within`` seconds; ``None`` waits for ever.
    """
    until = None if within is None else clock() + within
    lost_since: float | None = None
    job = (yield from ask(show_job(job_id), url, patience)).document
    while not job["finished_for_now"]:
        begun = clock()
        left = POLL_SECONDS if until is None else min(POLL_SECONDS, int(until - begun) + 1)
        if until is not None and begun >= until:
            raise TimedOut(
                f"cannot wait longer for job {job['id']}: it is {job['status']} after {within:g} "
                f"s; follow it with clusterwright watch {job['id'][:8]}"
            )
        try:
            call = show_job(job["id"], wait=left, after=job["seq"])
            job = (yield from ask(call, url, patience)).document
            lost_since = None
        except NotYet:
            lost_since = None
        except (Unreachable, Problem, NotTheApi) as failure:
            lost_since = begun if lost_since is None else lost_since
            if not _is_lost(failure) or clock() - lost_since > patience.give_up_seconds:
                raise
            yield Pause(patience.reconnect_seconds)
        if (spare := LEAST_SECONDS - (clock() - begun)) > 0 and not job["finished_for_now"]:
            yield Pause(spare)
    return job


def _is_lost(failure: Unreachable | Problem | NotTheApi) -> bool:
    """Whether it tells of the way to the API, and nothing of the job."""
    return isinstance(failure, Unreachable) or failure.status in LOST
