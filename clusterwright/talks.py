"""What the client does, call after call, told once for both ways of doing it; pure.

A talk is a generator: it yields what is to be done next, and is given what came of it. It sends
nothing and waits for nothing itself, so that ``Client`` and ``AsyncClient`` share every word.
"""

import uuid
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx

from clusterwright.calls import Answer, Call, arguments, read
from clusterwright.failures import Unreachable
from clusterwright.patience import Patience

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request; what comes of it is an answer, or what httpx says went wrong."""

    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Open:
    """The same, but for the body: it is read line by line, or not at all."""

    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NextLine:
    """Read a line of what was opened; ``None`` at its end."""


@dataclass(frozen=True, slots=True)
class ReadRest:
    """Read the body of what was opened, which is not a stream."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Tell(Generic[T]):
    """Give something to whoever asked, and go on."""

    item: T


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The talk is over, and this came of it."""

    value: T


Effect = Send | Open | NextLine | ReadRest | Pause | Tell[Any]
Talk = Generator[Effect, Any, T]


def advance(talk: Talk[T], outcome: Any) -> Effect | Done[T]:
    """Give a talk what came of its last wish, and return the next; failures are raised in it."""
    try:
        return talk.throw(outcome) if isinstance(outcome, Exception) else talk.send(outcome)
    except StopIteration as end:
        return Done(end.value)


def ask(call: Call[T], url: str, patience: Patience) -> Talk[Answer[T]]:
    """Send a call, as often as patience has it; raises what ``calls.read`` does, or unreachable."""
    tried = 0
    sent = Send(arguments(call, uuid.uuid4().hex))
    while True:
        tried += 1
        outcome: httpx.Response | httpx.HTTPError
        try:
            outcome = yield sent
        except httpx.HTTPError as error:
            outcome = error
        seconds = patience.pause(call, tried, outcome)
        if seconds is not None:
            yield Pause(seconds)
        elif isinstance(outcome, httpx.Response):
            return read(call, outcome)
        else:
            raise Unreachable(url, outcome) from outcome


def pages(call: Call[T], url: str, patience: Patience) -> Talk[None]:
    """Tell a list page by page, to its end, or until a page comes twice."""
    asked = set[str]()
    while True:
        answer = yield from ask(call, url, patience)
        yield Tell(answer.document)
        query = _next_query(answer)
        if not query or query in asked:
            return
        asked.add(query)
        call = Call(call.method, call.path, query=dict(parse_qsl(query)), headers=call.headers)


def _next_query(answer: Answer[Any]) -> str:
    """Return what the link to the next page asks.

    Of the link only that: where to send the token was said by the person.
    """
    links = httpx.Response(200, headers={"Link": answer.headers.get("Link", "")}).links
    return urlsplit(links.get("next", {}).get("url", "")).query
