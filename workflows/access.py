"""Who asks for something, by which way, and under which name for the request; pure."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Via(StrEnum):
    """The door through which somebody came."""

    TOKEN = "token"  # noqa: S105  # a word, no secret
    SESSION = "session"  # somebody who signed in on the page


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks; it stands in the record of a job and in its events."""

    id: str = ""
    """Of the token; empty where the product itself asks."""
    via: Via | None = None


NOBODY = Principal()
"""The product itself, and tests."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Names a request, so that it makes one job however often it is sent."""

    place: str
    """Where the ledger keeps it: one for each caller, path and key."""
    fingerprint: str
    """Of what is asked for: a key stands for one body."""


def request_key(by: str, path: str, key: str, body: str) -> RequestKey:
    """Return the key of a request with this body."""
    return RequestKey(_digest("\n".join((by, path, key))), _digest(body))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
