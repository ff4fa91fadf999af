"""What comes in by a hook: a request as it was received, and the events that it tells of; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Unsigned(Exception):
    """Nobody knows who has sent this, or it is too old: answered with 401, and counted."""


class Unreadable(Exception):
    """It is signed, and makes no sense; sending it again would not help, so it is answered so."""


class TypeMissing(Unreadable):
    """The header is missing that names what has happened; the document alone does not."""


@dataclass(frozen=True, slots=True)
class Received:
    """A request, before anything of it is believed."""

    headers: Mapping[str, str]
    """Their names in small letters."""
    body: bytes
    """The very bytes, since they are what is signed."""
    at: float
    """When it came, in seconds since 1970."""
    query: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """Return a header, or nothing."""
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that has happened, as a rule sees it."""

    type: str
    """The sender's own word: ``push``, ``jira:issue_updated``, ``firing``."""
    data: Any
    """A JSON document: what rules search in."""
    id: str = ""
    """The sender's own name for it, where its document has one; empty where a header names it."""
    subject: str = ""
    """What it is about, in the sender's words: a ticket, an alert, a repository."""
    is_over: bool = False
    """Whether it tells that something has ended, as a resolved alert does: it asks for nothing."""
    lasts: bool = False
    """Whether it is told again and again while it is so, as an alert is that fires on."""
    url: str = ""
    """Where people look at what it is about; an address of the web, or nothing."""
    reply_to: str = field(default="", repr=False)
    """Where whoever sent it can be written to for a while. It is no part of the data, and a secret:
    whoever knows it can write there."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in the form that a sender wants."""

    body: Mapping[str, Any] | str
    """A JSON object, or text."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
