"""What names an event however often it is sent: the sender's own id, or a digest; pure."""

import hashlib
import json
import re

from workflows.hooks.received import Received

_PLAIN = re.compile(r"[!-~]{1,200}")


def own_id(received: Received, *names: str) -> str:
    """Return the first of these headers that is there, without quotes, or nothing.

    One that is no plain text, or longer than an id needs to be, is told by its digest.
    """
    found = (received.header(name).strip().strip('"') for name in names)
    return plain_id(next((value for value in found if value), ""))


def plain_id(text: str) -> str:
    """Return an id as it is if it is plain and short, else its digest; nothing stays nothing."""
    if not text or _PLAIN.fullmatch(text):
        return text
    return _digest(text.encode("utf-8", "surrogatepass"))


def digest_of(received: Received, source: str, timestamp_header: str = "") -> str:
    """Return a digest of the body, and of the timestamp that was signed with it.

    It is for senders that name nothing: what they send twice is taken for the same.
    """
    parts = [source, received.header(timestamp_header)]
    return _digest(json.dumps(parts).encode() + received.body)


def pair_id(one: str, other: str) -> str:
    """Return a digest of two texts that name a thing together."""
    return _digest(json.dumps([one, other]).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
