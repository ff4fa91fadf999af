"""A ticket system with one ticket, which answers as Jira does: comments, files, transitions."""

import base64
import hmac
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cli.story.loopback import Asked, Given, Loopback, NotTaken
from cli.story.senders import Hook

KEY = "OPS-42"
SUMMARY = "One more node for the load test"
USER, TOKEN = "bot@tickets.example", "token-of-the-ticket-system"
ASKER = "Ada"
TRANSITIONS = {
    "Approved": {"11": "In Progress"},
    "In Progress": {"21": "Done"},
    "Done": {},
}
"""What a ticket may become, by what it is."""
ISSUE = f"/rest/api/2/issue/{KEY}"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
Tell = Callable[[str], None]


@dataclass
class TicketSystem:
    """The ticket as it stands; requests come in threads of the server."""

    tell: Tell
    state: str = "Open"
    comments: list[str] = field(default_factory=list)
    files: dict[str, Any] = field(default_factory=dict)
    """The attached documents, by the names of their files."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self.server = Loopback(self.answer)

    @property
    def evidence(self) -> dict[str, Any]:
        """The last document that was attached; an empty one before that."""
        return next(reversed(self.files.values()), {})

    def approve(self, hook: Hook, fields: dict[str, str]) -> dict[str, Any]:
        """Let somebody approve the ticket, and send the event; return what is answered."""
        was, self.state = self.state, "Approved"
        self.tell(f"{KEY}, {SUMMARY!r}: {ASKER} moves it to {self.state}; the webhook is signed")
        link = f"{self.server.url}/rest/api/2/issue/10042"
        change = {"field": "status", "fromString": was, "toString": self.state}
        return hook.post_of_jira(
            {
                "webhookEvent": "jira:issue_updated",
                "user": {"displayName": ASKER},
                "issue": {"key": KEY, "self": link, "fields": {"summary": SUMMARY, **fields}},
                "changelog": {"items": [change]},
            }
        )

    def answer(self, asked: Asked) -> Given:
        """Answer one request as Jira does, and do what it asks. Raises ``NotTaken``."""
        shown = asked.headers.get("authorization", "")
        pair = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        if not hmac.compare_digest(shown.encode(), f"Basic {pair}".encode()):
            raise NotTaken(401, {"errorMessages": ["You are not authenticated."]})
        with self._lock:
            return self._carried_out(asked)

    def _carried_out(self, asked: Asked) -> Given:
        match asked.route:
            case "GET", "/rest/api/2/myself":
                return Given(200, {"emailAddress": USER})
            case "GET", path if path == ISSUE:
                files = [{"filename": name} for name in self.files]
                return Given(200, {"fields": {"attachment": files, "status": {"name": self.state}}})
            case "GET", path if path == f"{ISSUE}/comment":
                return Given(200, {"comments": [{"body": text} for text in self.comments]})
            case "POST", path if path == f"{ISSUE}/comment":
                return self._comment(asked.document())
            case "POST", path if path == f"{ISSUE}/attachments":
                return self._attach(asked)
            case "GET", path if path == f"{ISSUE}/transitions":
                return Given(200, {"transitions": self._transitions()})
            case "POST", path if path == f"{ISSUE}/transitions":
                return self._move(asked.document())
        raise NotTaken(404, {"errorMessages": ["Issue does not exist"]})

    def _comment(self, document: Any) -> Given:
        body = document.get("body")
        if not isinstance(body, str) or not body.strip():
            raise NotTaken(400, {"errors": {"comment": "Comment body can not be empty!"}})
        self.comments.append(body)
        self.tell(f"{KEY} gets a comment: {said(body)[0]}")
        return Given(201, {"id": str(len(self.comments))})

    def _attach(self, asked: Asked) -> Given:
        if asked.headers.get("x-atlassian-token") != "no-check":
            raise NotTaken(403, {"message": "XSRF check failed"})
        head, _, rest = asked.body.partition(b"\r\n\r\n")
        name = re.search(rb'name="file"; filename="([\w.-]+)"', head)
        content = rest.rpartition(b"\r\n--")[0]  # before the edge that ends the form
        if name is None or not content:
            raise NotTaken(400, {"errorMessages": ["there is no file in the form"]})
        self.files[name[1].decode()] = json.loads(content)
        self.tell(f"{KEY} gets a file: {name[1].decode()}, {len(content)} bytes")
        return Given(200, [{"filename": name[1].decode()}])

    def _transitions(self) -> list[dict[str, Any]]:
        offered = TRANSITIONS.get(self.state, {})
        return [{"id": key, "name": name, "to": {"name": name}} for key, name in offered.items()]

    def _move(self, document: Any) -> Given:
        wanted = (document.get("transition") or {}).get("id")
        offered = TRANSITIONS.get(self.state, {})
        if wanted not in offered:
            raise NotTaken(400, {"errorMessages": ["It is not on the appropriate workflow state."]})
        self.tell(f"{KEY} moves from {self.state} to {offered[wanted]}")
        self.state = offered[wanted]
        return Given(204)


def said(comment: str) -> list[str]:
    """Return what a comment says to people, in lines: neither markup, links nor marks of ours."""
    lines = _blocks(comment)[1].splitlines() or comment.splitlines()
    return [line for line in lines if line.strip()]


def evidence_in(comment: str) -> list[str]:
    """Return the lines of evidence that a comment ends with, if any."""
    return _blocks(comment)[3].strip().splitlines()


def _blocks(comment: str) -> list[str]:
    """Return what stands before, in and after the two blocks that a comment has at most."""
    return [*comment.split("{noformat}"), "", "", "", ""]
