"""Server-Sent Events as a client reads them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """One event of a stream; ``id`` is empty for those that cannot be resumed from."""

    event: str
    data: str
    id: str = ""


@dataclass(slots=True)
class Reader:
    """Puts the lines of a stream together; an event that the stream cut off is dropped."""

    _event: str = "message"
    _id: str = ""
    _data: list[str] = field(default_factory=list)

    def read(self, line: str) -> Message | None:
        """Return the event that ends with this line, if one does."""
        if not line:
            ended = Message(self._event, "\n".join(self._data), self._id) if self._data else None
            self._event, self._id, self._data = "message", "", []
            return ended
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id":
            self._id = value
        return None


def messages(lines: Iterable[str]) -> Iterator[Message]:
    """Yield the events out of a stream's lines."""
    reader = Reader()
    for line in lines:
        if message := reader.read(line):
            yield message
