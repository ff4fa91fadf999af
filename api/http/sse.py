"""The text of Server-Sent Events."""

import json
from collections.abc import Mapping
from typing import Any

from workflows.events import Event

RECONNECT_MS = 3000
OPENING = f"retry: {RECONNECT_MS}\n\n".encode()
HEARTBEAT = b": heartbeat\n\n"
HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",  # nginx would collect the events otherwise
}


def frame(event: Event) -> bytes:
    """Return a job's event; its sequence number is the id that a client resumes from."""
    return f"id: {event.seq}\n".encode() + notice(event.type, event.as_dict())


def notice(name: str, data: Mapping[str, Any]) -> bytes:
    """Return an event that is about the stream itself, so it has no id."""
    return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
