"""Server-Sent Events as a client reads them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One event of a stream; ``id`` is empty for those that cannot be resumed from."""

    event: str
    data: str
    id: str = ""


def messages(lines: Iterable[str]) -> Iterator[Message]:
    """Yield the events out of a stream's lines; an event that the stream cut off is dropped."""
    event, last = "message", ""
    data: list[str] = []
    for line in lines:
        if not line:
            if data:
                yield Message(event, "\n".join(data), last)
            event, data, last = "message", [], ""
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            event = value
        elif name == "data":
            data.append(value)
        elif name == "id":
            last = value
