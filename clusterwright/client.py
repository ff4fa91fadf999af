"""A client of the API for Python programs, which waits, or which is awaited.

Both have a method for each operation of the API, with the operation's name, and share all they
know: what is asked and how answers are read (``calls``), what comes after what (``talks``,
``following``).
"""

from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from clusterwright import following, sendable, talks
from clusterwright.calls import Answer, Call
from clusterwright.documents import Job
from clusterwright.failures import (
    ClientError,
    FieldError,
    NotTheApi,
    NotYet,
    Problem,
    TimedOut,
    Unreachable,
    Unsendable,
)
from clusterwright.following import Event
from clusterwright.methods import AsyncMethods, Methods
from clusterwright.patience import ONCE, Patience
from clusterwright.streams import AsyncStream, Stream
from clusterwright.talks import Done, Talk, Tell

__all__ = [
    "ONCE",
    "Answer",
    "AsyncClient",
    "Call",
    "Client",
    "ClientError",
    "Event",
    "FieldError",
    "NotTheApi",
    "NotYet",
    "Patience",
    "Problem",
    "TimedOut",
    "Unreachable",
    "Unsendable",
]

T = TypeVar("T")
DEFAULT = Patience()


def _settings(url: str, token: str | None) -> dict[str, Any]:
    """Return what both kinds of connection are made with. Raises ``Unsendable``."""
    shown = sendable.token(token)
    return {
        "base_url": url,
        "headers": {"Authorization": f"Bearer {shown}"} if shown else {},
        "trust_env": False,  # a proxy of the environment has no business with the API
    }


class Client(Methods):
    """Talks to the API at ``url``; give it back with ``close()``, or use it in a ``with``.

    Raises what ``failures`` lists, and ``httpx.InvalidURL`` for an address that is none.
    """

    def __init__(self, url: str, token: str | None = None, *, patience: Patience = DEFAULT) -> None:
        self.url, self.patience = url, patience
        self._http = httpx.Client(**_settings(url, token))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def ask(self, call: Call[T]) -> Answer[T]:
        """Send a call; return the answer with its status and headers."""
        return self._carry_out(talks.ask(call, self.url, self.patience))

    def send(self, call: Call[T]) -> T:
        """Send a call; return the document that it is answered with."""
        return self.ask(call).document

    def pages(self, call: Call[T]) -> Iterator[T]:
        """Yield a list page by page, to its end."""
        return self._told(talks.pages(call, self.url, self.patience))

    def wait(self, job_id: str, *, within: float | None = None) -> Job:
        """Return a job once it has come to rest; raises ``TimedOut`` after so many seconds."""
        return self._carry_out(following.rest(job_id, within, self.url, self.patience))

    def events(self, job_id: str, *, after: int = 0) -> Iterator[Event]:
        """Yield a job's events as they happen, until it is finished; survives lost connections."""
        told = following.Following(job_id, after, self.url, self.patience)
        return self._told(told.talk())

    def _carry_out(self, talk: Talk[T]) -> T:
        stream = Stream(self._http)
        step = talks.advance(talk, None)
        while not isinstance(step, Done):
            step = talks.advance(talk, stream.outcome(step))
        return step.value

    def _told(self, talk: Talk[None]) -> Iterator[Any]:
        stream = Stream(self._http)
        step = talks.advance(talk, None)
        try:
            while not isinstance(step, Done):
                if isinstance(step, Tell):
                    yield step.item
                step = talks.advance(talk, stream.outcome(step))
        finally:
            stream.close()


class AsyncClient(AsyncMethods):
    """The same for ``async`` programs: what ``Client`` returns is awaited, or iterated."""

    def __init__(self, url: str, token: str | None = None, *, patience: Patience = DEFAULT) -> None:
        self.url, self.patience = url, patience
        self._http = httpx.AsyncClient(**_settings(url, token))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def ask(self, call: Call[T]) -> Answer[T]:
        """Send a call; return the answer with its status and headers."""
        return await self._carry_out(talks.ask(call, self.url, self.patience))

    async def send(self, call: Call[T]) -> T:
        """Send a call; return the document that it is answered with."""
        return (await self.ask(call)).document

    def pages(self, call: Call[T]) -> AsyncIterator[T]:
        """Yield a list page by page, to its end."""
        return self._told(talks.pages(call, self.url, self.patience))

    async def wait(self, job_id: str, *, within: float | None = None) -> Job:
        """Return a job once it has come to rest; raises ``TimedOut`` after so many seconds."""
        return await self._carry_out(following.rest(job_id, within, self.url, self.patience))

    def events(self, job_id: str, *, after: int = 0) -> AsyncIterator[Event]:
        """Yield a job's events as they happen, until it is finished; survives lost connections."""
        told = following.Following(job_id, after, self.url, self.patience)
        return self._told(told.talk())

    async def _carry_out(self, talk: Talk[T]) -> T:
        stream = AsyncStream(self._http)
        step = talks.advance(talk, None)
        while not isinstance(step, Done):
            step = talks.advance(talk, await stream.outcome(step))
        return step.value

    async def _told(self, talk: Talk[None]) -> AsyncIterator[Any]:
        stream = AsyncStream(self._http)
        step = talks.advance(talk, None)
        try:
            while not isinstance(step, Done):
                if isinstance(step, Tell):
                    yield step.item
                step = talks.advance(talk, await stream.outcome(step))
        finally:
            await stream.close()
