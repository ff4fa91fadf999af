"""What asking the API can fail with.

ClientError
├── Problem       the API answered with a problem document
├── Unsendable    the request cannot be put as it is meant
├── NotYet        nothing is new: the API answered 304
├── NotTheApi     whoever answered is not the API
├── Unreachable   nobody answered
└── TimedOut      what was waited for has not happened in time
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class ClientError(Exception):
    """Something that the API did not do."""


class Unsendable(ClientError):
    """A request that was not sent, since what was given for it fits no address or no header."""


class NotYet(ClientError):
    """Nothing is new of what was asked for, by ``wait`` or by ``If-None-Match``."""


class NotTheApi(ClientError):
    """An answer that cannot have come from the API, such as the page of a proxy."""

    def __init__(self, message: str, *, status: int) -> None:
        self.status = status
        super().__init__(message)


class Unreachable(ClientError):
    """Nobody answered; ``cause`` is what httpx says of it."""

    def __init__(self, url: str, cause: Exception) -> None:
        self.url, self.cause = url, cause
        super().__init__(
            f"cannot reach the API at {url}: {cause or type(cause).__name__}; "
            "check the address, and that it is up, with clusterwright doctor"
        )


class TimedOut(ClientError):
    """A job has not come to rest in the time that it was given; it goes on."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a request; ``pointer`` leads to it (RFC 6901)."""

    pointer: str
    detail: str


class Problem(ClientError):
    """A refusal, with the problem document (RFC 9457) that tells of it.

    ``retry_after`` are the seconds after which trying again makes sense, if it does.
    ``request_id`` finds the request in the log of the API.
    """

    def __init__(
        self,
        status: int,
        document: Mapping[str, Any],
        *,
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        self.status, self.document = status, document
        self.request_id, self.retry_after = request_id, retry_after
        super().__init__(str(document.get("detail") or self.title))

    @property
    def type(self) -> str:
        """What names the problem, such as ``/problems/job-not-found``."""
        return str(self.document.get("type", "about:blank"))

    @property
    def title(self) -> str:
        return str(self.document.get("title") or f"HTTP status {self.status}")

    @property
    def detail(self) -> str:
        """What happened this time."""
        return str(self)

    @property
    def advice(self) -> str:
        """What to do next; empty if the API says nothing of it."""
        return str(self.document.get("advice", ""))

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """What is wrong with the request, field by field."""
        rows: Sequence[Mapping[str, Any]] = self.document.get("errors") or ()
        return tuple(FieldError(str(row["pointer"]), str(row["detail"])) for row in rows)

    @property
    def actions(self) -> Sequence[Mapping[str, Any]]:
        """What the advice comes down to, as the document's ``Action`` has it."""
        found: Sequence[Mapping[str, Any]] = self.document.get("actions") or ()
        return found
