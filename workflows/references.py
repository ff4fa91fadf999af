"""Where a job was asked for outside: a ticket, an alert, a channel, with a link to it; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cluster.printable import short

MOST_SIGNS = 200
"""Of a sender's name, and of a subject."""
LONGEST_URL = 1000


@dataclass(frozen=True, slots=True)
class Reference:
    """What an event was about that led to a job; made by ``reference_to``."""

    source: str
    """The sender's name in the rule file."""
    subject: str
    """In the sender's words: the key of a ticket, a channel, an alert."""
    url: str = ""
    """Where people look at it; empty where the event did not say, or said nothing that is safe."""

    def as_dict(self) -> dict[str, str | None]:
        return {"source": self.source, "subject": self.subject, "url": self.url or None}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Reference":
        return cls(row["source"], row["subject"], row.get("url") or "")


def reference_to(source: str, subject: str, url: str = "") -> Reference | None:
    """Return what a stranger's event is about, within bounds; nothing where it does not say."""
    if not subject:
        return None
    return Reference(short(source, MOST_SIGNS), short(subject, MOST_SIGNS), safe_link(url))


def safe_link(text: str) -> str:
    """Return an address of the web that may stand in a link, or nothing.

    It is plain to see where it leads: it names a host, without a user before it, and has no sign
    that a reader would not see, or that another program would read as the end of it.
    """
    if not 0 < len(text) <= LONGEST_URL or not text.isascii() or not text.isprintable():
        return ""
    if set(text) & set(" \"'<>\\^`{|}"):
        return ""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it raises where it is none
    except ValueError:
        return ""
    is_plain = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    return text if is_plain else ""
