"""Small ticket systems on loopback, one of each kind: each refuses what the real one would refuse.

Each has one ticket, one secret, and the notes and files that it was given.
"""

import base64
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from loopback_service import serving

SECRET = "s3cret-of-the-desk"
USER = "ada@ops.test"


class Refused(Exception):
    """What the receiver answers in place of doing it."""

    def __init__(self, status: int, says: Any = "", **headers: str) -> None:
        self.status, self.says, self.headers = status, says, headers


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        if self.headers.get("content-type") != "application/json":
            raise Refused(415, "send application/json")
        return json.loads(self.body)

    def file(self, name: str) -> tuple[str, bytes]:
        """Return the one file of a form, and what it is called."""
        kind = self.headers.get("content-type", "")
        found = re.fullmatch(r"multipart/form-data; boundary=(\w+)", kind)
        if not found:
            raise Refused(415, "send a form")
        edge = f"--{found[1]}".encode()
        head, _, content = self.body.split(edge)[1].partition(b"\r\n\r\n")
        told = re.search(rf'name="{name}"; filename="([^"]+)"', head.decode())
        if not told or not self.body.endswith(edge + b"--\r\n"):
            raise Refused(400, f"the form has no file {name}")
        return told[1], content.removesuffix(b"\r\n")


@dataclass
class Receiver(ABC):
    """A ticket system; a subclass knows its requests."""

    notes: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    state: str = "open"
    requests: list[Request] = field(default_factory=list)
    limits: list[Refused] = field(default_factory=list)
    """What the next requests are answered with, and nothing is done."""
    loses_answers_of: str = ""
    """Requests of this method are carried out, and answered with 502, once."""
    url = ""
    subject = ""
    secret = SECRET
    settings: ClassVar[Mapping[str, str]] = {}
    moved: ClassVar[Mapping[str, str]] = {}
    """The setting that moves the ticket to ``done``."""
    has_files = True
    keeps_escapes = False
    """Whether a path is read as it was sent, with its escapes."""

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

    def check(self, request: Request) -> None:
        if request.headers.get("authorization") != self.authorization():
            raise Refused(401, f"who is that: {request.headers.get('authorization')}")

    def authorization(self) -> str:
        """Return what a request has to show; empty where it is checked otherwise."""
        return ""

    @abstractmethod
    def carry_out(self, request: Request) -> tuple[int, Any]: ...

    def note(self, text: Any) -> None:
        assert isinstance(text, str)
        assert text.strip()
        self.notes.append(text)


def basic(user: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{SECRET}".encode()).decode()


def routed(request: Request, method: str, path: str) -> bool:
    return (request.method, request.path) == (method, path)


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    """Serve a receiver on loopback."""

    def answer(
        method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, Any, Mapping[str, str]]:
        parts = urlsplit(target)
        query = {name: rows[0] for name, rows in parse_qs(parts.query).items()}
        path = parts.path if receiver.keeps_escapes else unquote(parts.path)
        return receiver.take(Request(method, path, query, headers, body))

    with serving(answer) as url:
        receiver.url = f"{url}{receiver.url}"
        yield receiver
