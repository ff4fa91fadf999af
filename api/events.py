"""A job's events as they happen: replay first, then live, without loss or repetition."""

import logging
from collections.abc import Iterator

from flask import Response, request
from redis.exceptions import RedisError

from api.backend import backend
from api.description.schemas import EventsQuerySchema
from api.http import sse
from api.http.blueprint import Blueprint, invalid
from api.http.problems import Problem
from api.hub import HubFull, Subscription
from api.jobs import find_job
from workflows.access import Permission
from workflows.events import Event
from workflows.jobs import Job
from workflows.ledger.ledger import Ledger
from workflows.next_actions import NEXT_ACTION
from workflows.process.redis_refusals import redis_refusal
from workflows.states import FINISHED, JobStatus

HEARTBEAT_SECONDS = 15.0
PAGE = 1000
LARGEST_SEQ = 2**53

logger = logging.getLogger(__name__)

STREAM = {
    "type": "string",
    "contentMediaType": "text/event-stream",
    "description": "Not JSON: read it as it comes, with a reader of Server-Sent Events",
}

bp = Blueprint("events", __name__, url_prefix="/v1", description="What happens, as it happens")


@bp.get("/jobs/<job_id>/events", needs=Permission.READ)
@bp.arguments(EventsQuerySchema, location="query")
@bp.response(
    200,
    STREAM,
    content_type="text/event-stream",
    description="Server-Sent Events: blocks of `id:`, `event:` and `data:`, with an empty line "
    "after each; `data` is one event as JSON, `id` its sequence number. A comment comes every 15 s "
    "while nothing happens; `end` or `reset` comes last",
)
def follow_job(query: dict[str, int], job_id: str) -> Response:
    """Follow a job's events as Server-Sent Events.

    Replays what comes after `Last-Event-ID` (or `?after=`), then goes on live.
    `event: end` comes when the job is finished; `event: reset` when the client was too slow and
    has to connect again.
    """
    job = find_job(job_id)
    after = _resume_from(query["after"])
    hub = backend().hub
    try:
        place = hub.subscribe(job.id)
    except HubFull as error:
        raise Problem("too-many-streams", str(error), headers={"Retry-After": "10"}) from None
    # A generator that was never begun does not run its ``finally``; this does in any case.
    stream = Stream(backend().ledger, place)
    response = Response(stream.text(job, after), headers=sse.HEADERS)
    response.call_on_close(lambda: hub.leave(place))
    return response


def _resume_from(after: int) -> int:
    header = request.headers.get("Last-Event-ID", "").strip()
    if not header:
        return after
    if not (header.isascii() and header.isdecimal()) or int(header[:20]) > LARGEST_SEQ:
        text = f"cannot resume from {header[:40]!r}: Last-Event-ID is a sequence number"
        raise invalid([{"pointer": "/Last-Event-ID", "detail": text}])
    return int(header)


class Stream:
    """One client's stream; knows the last event that it has sent."""

    def __init__(self, ledger: Ledger, place: Subscription) -> None:
        self.ledger, self.place = ledger, place
        self.last = 0
        self.over = False
        self.status: JobStatus | None = None
        """The status that the job finished with."""

    def text(self, job: Job, after: int) -> Iterator[bytes]:
        yield sse.OPENING
        try:
            yield from self._events(job, after)
        except RedisError as error:
            logger.warning("cannot go on following a job: %s", error, extra={"job": job.id})
            refusal = redis_refusal(error)
            why = f"Redis {refusal.says}" if refusal else "Redis does not answer"
            yield self._reset(f"{why}; connect again with Last-Event-ID")

    def _events(self, job: Job, after: int) -> Iterator[bytes]:
        if after > job.seq:
            yield self._reset(f"event {after} is unknown: the job has {job.seq}; replaying all")
            after = 0
        self.last = after
        yield from self._replay()
        if job.is_finished and self.last == job.seq:
            self.status = job.status
        while self.status is None and not self.over:
            yield from self._live()
        if self.status is not None:
            facts = {"job": job.id, "status": str(self.status), "seq": self.last}
            yield sse.notice("end", facts | {"next_action": NEXT_ACTION[self.status]})

    def _replay(self) -> Iterator[bytes]:
        """Send everything after the last event sent, from the job's own stream."""
        page: list[Event] | None = None
        while page is None or len(page) == PAGE:
            page = self.ledger.events(self.place.job, after=self.last, limit=PAGE)
            for event in page:
                self._note(event)
                yield sse.frame(event)

    def _live(self) -> Iterator[bytes]:
        delivery = self.place.next(HEARTBEAT_SECONDS)
        if delivery is None and self.place.dropped:
            self.over = True
            yield self._reset("this client reads too slowly; connect again with Last-Event-ID")
        elif delivery is None:
            yield sse.HEARTBEAT
            # Also finds what a lost connection to Redis may have kept from the hub.
            yield from self._replay()
        elif delivery.event.seq == self.last + 1:
            self._note(delivery.event)
            yield delivery.text
        elif delivery.event.seq > self.last:
            yield from self._replay()

    def _note(self, event: Event) -> None:
        """Remember what was sent; a later retry takes the end of a job back."""
        self.last = event.seq
        if event.type.startswith("job."):
            status = JobStatus(event.status)
            self.status = status if status in FINISHED else None

    def _reset(self, why: str) -> bytes:
        return sse.notice("reset", {"job": self.place.job, "last": self.last, "detail": why})
