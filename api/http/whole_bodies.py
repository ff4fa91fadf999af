"""A request whose body is taken whole, or not at all."""

from typing import IO, cast

from flask import Request
from werkzeug.utils import cached_property
from werkzeug.wsgi import LimitedStream


class WholeBodyRequest(Request):
    """Refuses a body that goes on behind its limit, also one that does not tell its length.

    Werkzeug ends such a body at the limit, as if there were no more of it: half a document that
    reads well would be taken for the whole.
    """

    @cached_property
    def stream(self) -> IO[bytes]:
        found = super().stream
        return cast("IO[bytes]", _Whole(found)) if isinstance(found, LimitedStream) else found


class _Whole(LimitedStream):
    """Goes on where another stops; looks behind the limit once that is reached."""

    def __init__(self, other: LimitedStream) -> None:
        super().__init__(other._stream, other.limit, other._limit_is_max)

    def readall(self) -> bytes:
        found = super().readall()
        if self._limit_is_max and self.is_exhausted and self._more():
            self.on_exhausted()
        return found

    def _more(self) -> bytes:
        try:
            return self._stream.read(1)
        except (OSError, ValueError) as error:
            self.on_disconnect(error=error)
            return b""
