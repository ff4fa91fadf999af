"""What sends and waits, as a talk wishes it: the only places that do either."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx

from clusterwright.talks import Effect, NextLine, Open, Pause, ReadRest, Send


class Stream:
    """Does what a talk wishes, with at most one answer that is read line by line."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._opened: httpx.Response | None = None
        self._lines: Iterator[str] = iter(())

    def outcome(self, wish: Effect) -> Any:
        """Return what comes of it; what went wrong on the way is returned, not raised."""
        try:
            return self._done(wish)
        except httpx.HTTPError as error:
            return error

    def _done(self, wish: Effect) -> Any:
        match wish:
            case Send(arguments):
                return self._http.request(**arguments)
            case Open(arguments):
                self.close()
                self._opened = self._http.send(self._http.build_request(**arguments), stream=True)
                self._lines = self._opened.iter_lines()
                return self._opened
            case ReadRest():
                return self._opened.read() if self._opened else b""
            case NextLine():
                return next(self._lines, None)
            case Pause(seconds):
                time.sleep(seconds)
        return None

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()


class AsyncStream:
    """Does what a talk wishes, with at most one answer that is read line by line."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._opened: httpx.Response | None = None
        self._lines: AsyncIterator[str] | None = None

    async def outcome(self, wish: Effect) -> Any:
        """Return what comes of it; what went wrong on the way is returned, not raised."""
        try:
            return await self._done(wish)
        except httpx.HTTPError as error:
            return error

    async def _done(self, wish: Effect) -> Any:
        match wish:
            case Send(arguments):
                return await self._http.request(**arguments)
            case Open(arguments):
                await self.close()
                request = self._http.build_request(**arguments)
                self._opened = await self._http.send(request, stream=True)
                self._lines = self._opened.aiter_lines()
                return self._opened
            case ReadRest():
                return await self._opened.aread() if self._opened else b""
            case NextLine():
                return await anext(self._lines, None) if self._lines else None
            case Pause(seconds):
                await asyncio.sleep(seconds)
        return None

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.aclose()
