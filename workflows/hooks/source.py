"""What tells one kind of sender from another: how it signs, names and words its events; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workflows.chat.answers import Asked, Said, Way
from workflows.hooks.received import Event, Received, Reply

Secrets = Sequence[bytes]
"""Those that are good now: while one is replaced by another, two."""


def _no_greeting(received: Received, secrets: Secrets) -> None:
    del received, secrets


def _any_secret(secret: bytes) -> str:
    del secret
    return ""


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of sender: ``github``, ``alertmanager``; to add one, write its file."""

    name: str
    title: str
    """As people call it."""
    verify: Callable[[Received, Secrets], int]
    """Return the place of the secret that the request is signed with. Raises ``Unsigned``."""
    translate: Callable[[Received], tuple[Event, ...]]
    """Return the events that a verified request tells of. Raises ``Unreadable``."""
    key: Callable[[Received, Event], str]
    """Return what names an event however often it is sent: of the sender's own, or a digest."""
    greet: Callable[[Received, Secrets], Reply | None] = _no_greeting
    """Answer what only asks whether somebody is there, or nothing. Raises ``Unsigned``.

    It is asked first and verifies by itself: a challenge may come by GET, with a signature of its
    own, or with none at all.
    """
    answer: Callable[[Said, Way], Reply] | None = None
    """Say in the sender's own form what has become of a request, where a person reads that.

    Without it the API answers as it answers all programs.
    """
    heard: Callable[[Event], Asked | None] | None = None
    """Return what a person has typed or pressed by an event, where people write by it."""
    answer_seconds: float = 10.0
    """How long the sender waits for an answer."""
    asks_consent: bool = False
    """Whether it asks by OPTIONS whether it may send, before it sends anything."""
    makes_secrets: bool = True
    """Whether the secret is made here and entered there, and not the other way round."""
    secret_fault: Callable[[bytes], str] = _any_secret
    """Return in a sentence why a text can be no secret of its form, or nothing."""
