"""What is asked of the API, and what it answers; pure: nothing here sends anything."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx

from clusterwright import sendable
from clusterwright.failures import NotTheApi, NotYet, Problem

T = TypeVar("T")
ACCEPTED = "application/json, application/problem+json"
CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
"""For which an answer is waited, beyond what the call itself asks the API to wait."""


class Form(Enum):
    """What an answer without a fault is."""

    JSON = auto()
    TEXT = auto()


@dataclass(frozen=True)  # with slots, Call[Job](...) fails on Python 3.11
class Call(Generic[T]):
    """One request; ``T`` is what the API answers it with."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    """What is ``None`` is left out."""
    body: Any = None
    """Sent as JSON, if there is one."""
    content: bytes | None = None
    """Sent as it stands, instead of a body."""
    headers: Mapping[str, str | None] = field(default_factory=dict)
    """What is ``None`` is left out."""
    form: Form = Form.JSON
    read_seconds: float = READ_SECONDS

    @property
    def key(self) -> str | None:
        """The key by which the API knows a request that is sent twice."""
        return self.headers.get("Idempotency-Key")

    @property
    def can_be_repeated(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.method in {"GET", "HEAD"} or self.key is not None


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What the API answered, with the headers that tell of it."""

    document: T
    status: int
    headers: Mapping[str, str]

    @property
    def tag(self) -> str:
        """The entity tag that names this state; empty if the API tells none."""
        return self.headers.get("ETag", "")


def path(template: str, **parts: str) -> str:
    """Return an address with its parts filled in, each of them quoted."""
    return template.format_map({name: quote(part, safe="") for name, part in parts.items()})


def new_key() -> str:
    """Return a key for a request that changes something."""
    return str(uuid.uuid4())


def arguments(call: Call[Any], request_id: str) -> dict[str, Any]:
    """Return a call as httpx takes it. Raises ``Unsendable``."""
    sendable.require_path(call.path)
    asked = {"Accept": ACCEPTED if call.form is Form.JSON else "*/*", "X-Request-Id": request_id}
    asked |= {name: value for name, value in call.headers.items() if value is not None}
    sendable.require_headers(asked)
    seconds = call.read_seconds + float(call.query.get("wait") or 0)
    found: dict[str, Any] = {
        "method": call.method,
        "url": call.path,
        # An empty query, unlike none, would take away the one that the path has.
        "params": {name: value for name, value in call.query.items() if value is not None} or None,
        "headers": asked,
        "timeout": httpx.Timeout(seconds, connect=CONNECT_SECONDS),
    }
    if call.content is not None:
        found["content"] = call.content
    elif call.body is not None:
        found["json"] = call.body
    return found


def read(call: Call[T], response: httpx.Response) -> Answer[T]:
    """Return what the API answered.

    Raises ``Problem`` with what it refuses, ``NotYet`` where nothing is new, and ``NotTheApi``
    for what cannot have come from it.
    """
    if response.status_code == 304:
        raise NotYet(f"cannot tell news of {call.path}: nothing has changed; ask again later")
    if not response.is_success:
        raise problem(response)
    document: Any = None
    if response.status_code != 204:
        document = response.text if call.form is Form.TEXT else _json(response)
    return Answer(document, response.status_code, response.headers)


def problem(response: httpx.Response) -> Problem | NotTheApi:
    """Return what an answer that is a refusal says."""
    document = _json_or_none(response)
    if isinstance(document, dict) and "title" in document:
        headers = response.headers
        return Problem(
            response.status_code,
            document,
            request_id=headers.get("X-Request-Id", ""),
            retry_after=seconds_of(headers.get("Retry-After", "")),
        )
    return _strange(response)


def seconds_of(retry_after: str) -> float | None:
    """Return the seconds of a ``Retry-After``; ``None`` where it says none, or names a day."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdecimal() else None


def _json(response: httpx.Response) -> Any:
    document = _json_or_none(response)
    if document is None:
        raise _strange(response)
    return document


def _json_or_none(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _strange(response: httpx.Response) -> NotTheApi:
    return NotTheApi(
        f"cannot understand the answer of {response.request.url}: HTTP status "
        f"{response.status_code} without JSON; is this the API?",
        status=response.status_code,
    )
