"""Small chats on loopback that are written to by the address that came with a request.

Each takes five posts to such an address for half an hour, and answers as the real one does.
"""

import time
from dataclasses import dataclass, field
from typing import Any, ClassVar

from chat_server import ChatService, Refused, Request
from chat_services import Slack, mattermost_buttons, slack_buttons, slack_text

MOST, GOOD_SECONDS = 5, 30 * 60


@dataclass
class Replies(ChatService):
    """What was posted to each address, in its order."""

    made: dict[str, float] = field(default_factory=dict)
    """When each address was given out."""
    got: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refused: int = 0
    ahead: float = 0.0
    """Seconds by which its clock is ahead."""
    folder: ClassVar = ""
    unknown: ClassVar[Any] = "no_service"
    over: ClassVar[Any] = "expired_url"
    used_up: ClassVar[tuple[int, Any]] = (404, "used_url")

    def address(self) -> str:
        """Give out an address, as it comes with a request."""
        path = f"{self.folder}/T1/{len(self.made)}/cap4b1l1ty"
        self.made[path], self.got[path] = time.time() + self.ahead, []
        return f"{self.url}{path}"

    @property
    def posted(self) -> list[dict[str, Any]]:
        """All that was posted, by the addresses."""
        return [message for rows in self.got.values() for message in rows]

    def check(self, request: Request) -> None:
        status, says = 0, ""
        if request.method != "POST" or request.path not in self.made:
            status, says = 404, self.unknown
        elif time.time() + self.ahead - self.made[request.path] > GOOD_SECONDS:
            status, says = 404, self.over
        elif len(self.got[request.path]) >= MOST:
            status, says = self.used_up
        if status:
            self.refused += 1
            raise Refused(status, says)

    def carry_out(self, request: Request) -> tuple[int, Any]:
        document = self.document(request)
        if document["response_type"] not in {"in_channel", "ephemeral"}:
            raise Refused(400, "invalid_payload")
        self.check_message(document)
        self.got[request.path].append(document)
        return 200, "ok"

    def check_message(self, document: dict[str, Any]) -> None:
        """Refuse what the chat does not show."""


class SlackReplies(Replies):
    folder: ClassVar = "/commands"

    def check_message(self, document: dict[str, Any]) -> None:
        for block in document.get("blocks", []):
            Slack._check_block(block)

    def text(self, message: dict[str, Any]) -> str:
        return slack_text(message)

    def buttons(self, message: dict[str, Any]) -> dict[str, Any]:
        return slack_buttons(message)

    def limit(self) -> Refused:
        return Refused(429, "rate_limited", Retry_After="30")


class MattermostReplies(Replies):
    folder: ClassVar = "/hooks/commands"
    unknown: ClassVar[Any] = {"id": "app.command_webhook.get.missing"}
    over: ClassVar[Any] = {"id": "app.command_webhook.get.missing"}
    used_up: ClassVar[tuple[int, Any]] = (400, {"id": "app.command_webhook.try_use.invalid"})

    def text(self, message: dict[str, Any]) -> str:
        return str(message["text"])

    def buttons(self, message: dict[str, Any]) -> dict[str, Any]:
        return mattermost_buttons(message)

    def limit(self) -> Refused:
        return Refused(429, {"id": "api.ratelimit"}, Retry_After="30")


REPLIES: dict[str, type[Replies]] = {"slack": SlackReplies, "mattermost": MattermostReplies}
