"""A small chat on loopback: its messages, and how it answers; a subclass knows its requests."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from loopback_service import serving

TOKEN = "xoxb-token-of-the-bot"


class Refused(Exception):
    """What a chat answers in place of doing it."""

    def __init__(self, status: int, says: Any = "", **headers: str) -> None:
        self.status, self.says, self.headers = status, says, headers


@dataclass
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class ChatService(ABC):
    """A chat with the channels that it has; messages are what can be read there now."""

    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: int = 0
    edits: int = 0
    requests: list[Request] = field(default_factory=list)
    limits: list[Refused] = field(default_factory=list)
    """What the next requests are answered with, and nothing is done."""
    loses_answers_of: str = ""
    """Requests of this method are carried out, and answered with 502, once."""
    url: str = ""
    channel = "C1"
    other = "C2"

    def take(self, request: Request) -> tuple[int, Any, Mapping[str, str]]:
        self.requests.append(request)
        try:
            if self.limits:
                raise self.limits.pop(0)
            self.check(request)
            status, says = self.carry_out(request)
        except Refused as refused:
            return refused.status, refused.says, refused.headers
        if request.method == self.loses_answers_of:
            self.loses_answers_of = ""
            return 502, "the answer was lost", {}
        return status, says, {}

    @abstractmethod
    def check(self, request: Request) -> None: ...

    @abstractmethod
    def carry_out(self, request: Request) -> tuple[int, Any]: ...

    @property
    def only(self) -> dict[str, Any]:
        """The one message that there is."""
        assert len(self.messages) == 1, self.messages
        return next(iter(self.messages.values()))

    def put(self, name: str, channel: str, message: dict[str, Any], *, is_new: bool) -> str:
        self.messages[name] = {**message, "channel": channel}
        self.posts, self.edits = self.posts + is_new, self.edits + (not is_new)
        return name

    def delete_all(self) -> None:
        self.messages.clear()

    @staticmethod
    def document(request: Request) -> dict[str, Any]:
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise Refused(415, "send application/json")
        found: dict[str, Any] = json.loads(request.body)
        return found

    @abstractmethod
    def text(self, message: dict[str, Any]) -> str:
        """Return all that people read of a message."""

    def buttons(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return what each button brings back, by its verb; some chats bring nothing back."""
        del message
        return {}

    @abstractmethod
    def limit(self) -> Refused:
        """Return what is answered where there were too many requests."""


@contextmanager
def served(service: ChatService) -> Iterator[ChatService]:
    """Serve a chat on loopback."""
    with serving(lambda *request: service.take(Request(*request))) as service.url:
        yield service
