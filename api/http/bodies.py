"""A request's body as it comes in: it has a time limit, and ends in errors that have words.

Imported before gevent patches the process, so it knows nothing of Flask.
"""

import contextlib
import io
import time
from collections.abc import Callable
from typing import Any

import gevent
from gunicorn.http.body import (  # type: ignore[import-untyped]  # gunicorn has no types
    Body,
    LengthReader,
)
from gunicorn.http.errors import (  # type: ignore[import-untyped]  # gunicorn has no types
    NoMoreData,
    ParseException,
)

from api.http.body_faults import BrokenBody, SlowBody

BODY_SECONDS = 10.0
"""For a whole body, from the first look at it; 64 KiB come through any line within it."""


class TimedBody(Body):  # type: ignore[misc]  # gunicorn has no types
    """A body that has to be there within a time; after a fault its connection is not used again."""

    buf: io.BytesIO

    def __init__(
        self,
        request: Any,
        waiting: Callable[[], contextlib.AbstractContextManager[None]],
        seconds: float = BODY_SECONDS,
    ) -> None:
        super().__init__(request.body.reader)
        self._request, self._waiting, self._seconds = request, waiting, seconds
        self._deadline: float | None = None

    def fetch(self, most: int) -> None:
        """Have the body come before anybody works on its request, unless it is too large.

        Raises ``SlowBody`` or ``BrokenBody``. The application refuses what is too large.
        """
        length = self.reader.length if isinstance(self.reader, LengthReader) else None
        if length is not None and not 0 < length <= most:
            return
        data: bytes = self.read(most + 1)
        if length is not None and len(data) < length:
            self._request.force_close()
            raise BrokenBody("cannot read the body: it ended too early")
        rest = self.buf.getvalue()
        self.buf = io.BytesIO()
        self.buf.write(data + rest)  # as if nothing had been read yet

    def _read_reader(self, size: int) -> bytes:
        if self._deadline is None:
            self._deadline = time.monotonic() + self._seconds
        left = max(self._deadline - time.monotonic(), 0.001)
        late = SlowBody(f"cannot read the body: it was not whole within {self._seconds:g} s")
        try:
            with self._waiting(), gevent.Timeout(left, late):
                read: bytes = super()._read_reader(size)
                return read
        except SlowBody:
            self._request.force_close()
            raise
        except (ParseException, NoMoreData):
            self._request.force_close()
            raise BrokenBody(
                "cannot read the body: its chunks are not as HTTP has them, or it ended too early"
            ) from None
