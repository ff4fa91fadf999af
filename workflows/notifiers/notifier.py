"""What tells one kind of receiver from another: how it is told what has happened; pure."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from workflows.chat.answers import Way


@dataclass(frozen=True, slots=True)
class Following:
    """Where whoever asked in a chat hears how a job goes on, by the request with which they did.

    Whoever knows ``url`` can write there for half an hour, so it is a secret for that long.
    """

    url: str = field(repr=False)
    at: float
    """When it came, in seconds since 1970."""
    source: str
    """The sender's name in the rule file."""
    channel: str = ""
    said: str = ""
    """How the job stood when the request was answered; empty where nobody has read that answer."""
    for_all: bool = False
    """Whether everybody in the channel may read it."""
    replaces: bool = False
    """Whether what is sent takes the place of the message whose button was pressed."""

    @property
    def id(self) -> str:
        """Tell one such address from another, and nothing of what it is."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class News:
    """One event, and its job as it stands when it is told."""

    id: str
    """Names the delivery; the same over all its attempts."""
    type: str
    """``job.succeeded``, ``job.approval-requested``."""
    at: float
    """When it happened, in seconds since 1970."""
    sequence: int
    """Its number within the job, from 1."""
    job: Mapping[str, Any]
    """The job, as the API shows it."""
    page: str = ""
    """Where people look at the job; empty where nobody has said by which address."""
    evidence: Mapping[str, Any] | None = None
    """What the job has shown, as ``workflows/evidence`` bundles it, once it has come to rest."""
    drawing: str = ""
    """The cluster as the job has left it, drawn as text, for receivers that show drawings."""
    following: Following | None = None
    """Who follows the job from a chat, for receivers that tell them."""


@dataclass(frozen=True, slots=True)
class Target:
    """One receiver, as somebody has set it up."""

    name: str
    url: str
    secrets: Sequence[bytes] = ()
    """Those that are good now, the newest first."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What its kind needs more: a channel, a user."""
    way: Way | None = None
    """How a press of a button comes back, where the setting ``source`` names who sends it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver has answered, bounded."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Their names in small letters."""


class Post(Protocol):
    """Sends one request to where it may be sent. Raises ``OSError`` where nobody answers."""

    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes
    ) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one attempt."""

    is_done: bool
    because: str = ""
    """In a sentence, why it is not."""
    retry_after: float | None = None
    """Seconds that the receiver asks to be left alone, also where it has taken this."""
    is_gone: bool = False
    """Whether it wants nothing any more."""
    is_final: bool = False
    """Whether trying again would not help."""
    keep: Mapping[str, str] = field(default_factory=dict)
    """What the next news of the same job needs, such as the message to be edited; no secret."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """One kind of receiver: ``slack``, ``jira``; to add one, write its file."""

    name: str
    title: str
    """As people call it."""
    tell: Callable[[Target, News, Mapping[str, str], Post], Told]
    """Tell it news of a job; the mapping is what the job's former news have left to keep."""
    merges: bool = False
    """Whether it shows a job as it is, so that of several news only the newest is to be told."""
    draws: bool = False
    """Whether it shows the cluster of a job that has succeeded."""
    takes: Collection[str] | None = None
    """The names of its settings; ``None`` where they are judged elsewhere."""
    events: Sequence[str] = ("job.*",)
    """What it is told of where nobody says which events."""
    follows: bool = False
    """Whether it tells who has asked in a chat, by the address that came with their request."""
    shows_evidence: bool = False
    """Whether it is told the evidence of a job that has come to rest."""
