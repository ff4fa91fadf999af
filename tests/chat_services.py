"""Small chats on loopback: each refuses what the real one would refuse, and answers as it does."""

from typing import Any

from chat_server import TOKEN, ChatService, Refused, Request


def slack_text(message: dict[str, Any]) -> str:
    blocks = message.get("blocks", [])
    return "\n".join(block["text"]["text"] for block in blocks if "text" in block)


def slack_buttons(message: dict[str, Any]) -> dict[str, Any]:
    rows = [part for block in message["blocks"] for part in block.get("elements", [])]
    return {part["action_id"]: part["value"] for part in rows}


def mattermost_buttons(message: dict[str, Any]) -> dict[str, Any]:
    rows = message["props"]["attachments"]
    actions = [one for each in rows for one in each["actions"]]
    return {one["id"]: one["integration"]["context"] for one in actions}


class Slack(ChatService):
    def check(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise Refused(200, {"ok": False, "error": "invalid_auth"})

    def carry_out(self, request: Request) -> tuple[int, Any]:
        method = request.path.rpartition("/")[2]
        if method == "auth.test":
            return 200, {"ok": True, "user": "clusters"}
        document = self.document(request)
        channel = document["channel"]
        if channel not in {self.channel, self.other}:
            raise Refused(200, {"ok": False, "error": "channel_not_found"})
        for block in document.get("blocks", []):
            self._check_block(block)
        if method == "chat.update" and document["ts"] not in self.messages:
            raise Refused(200, {"ok": False, "error": "message_not_found"})
        is_new = method == "chat.postMessage"
        name = f"1700000000.{self.posts:06}" if is_new else document["ts"]
        self.put(name, channel, document, is_new=is_new)
        return 200, {"ok": True, "channel": channel, "ts": name}

    @staticmethod
    def _check_block(block: dict[str, Any]) -> None:
        is_section = block["type"] == "section" and 0 < len(block["text"]["text"]) <= 3000
        is_row = block["type"] == "actions" and 0 < len(block["elements"]) <= 25
        if not is_section and not is_row:
            raise Refused(200, {"ok": False, "error": "invalid_blocks"})

    def text(self, message: dict[str, Any]) -> str:
        return slack_text(message)

    def buttons(self, message: dict[str, Any]) -> dict[str, Any]:
        return slack_buttons(message)

    def limit(self) -> Refused:
        return Refused(429, {"ok": False, "error": "ratelimited"}, Retry_After="30")


class Mattermost(ChatService):
    channel, other = "c1", "c2"

    def check(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise Refused(401, {"id": "api.context.session_expired.app_error"})

    def carry_out(self, request: Request) -> tuple[int, Any]:
        if request.path == "/api/v4/users/me":
            return 200, {"id": "bot1"}
        document = self.document(request)
        if len(document["message"]) > 4000:
            raise Refused(400, {"id": "model.post.is_valid.message_length.app_error"})
        if (request.method, request.path) == ("POST", "/api/v4/posts"):
            if document["channel_id"] not in {self.channel, self.other}:
                raise Refused(403, {"id": "api.context.permissions.app_error"})
            name = self.put(f"p{self.posts}", document["channel_id"], document, is_new=True)
            return 201, {"id": name}
        assert request.method == "PUT", request
        name = request.path.removeprefix("/api/v4/posts/").removesuffix("/patch")
        if name not in self.messages:
            raise Refused(404, {"id": "app.post.get.app_error"})
        was = self.messages[name]
        self.put(name, was["channel"], was | document, is_new=False)
        return 200, {"id": name}

    def text(self, message: dict[str, Any]) -> str:
        return str(message["message"])

    def buttons(self, message: dict[str, Any]) -> dict[str, Any]:
        return mattermost_buttons(message)

    def limit(self) -> Refused:
        return Refused(429, {"id": "api.ratelimit"}, Retry_After="30")


class Discord(ChatService):
    channel, other = "6", "7"

    def check(self, request: Request) -> None:
        if not request.headers.get("user-agent", "").startswith("DiscordBot ("):
            raise Refused(403, {"code": 40333})
        if request.headers.get("authorization") != f"Bot {TOKEN}":
            raise Refused(401, {"message": "401: Unauthorized", "code": 0})

    def carry_out(self, request: Request) -> tuple[int, Any]:
        if request.path == "/users/@me":
            return 200, {"id": "99"}
        _, _, channel, _, *rest = request.path.split("/")
        document = self.document(request)
        if channel not in {self.channel, self.other}:
            raise Refused(404, {"code": 10003})
        is_bad = not 0 < len(document["content"]) <= 2000
        if is_bad or document["allowed_mentions"] != {"parse": []}:
            raise Refused(400, {"code": 50035})
        if request.method == "POST":
            nonce = document.get("nonce")
            same = [name for name, one in self.messages.items() if nonce and one["nonce"] == nonce]
            name = same[0] if same else str(1000 + self.posts)
            if not same:
                self.put(name, channel, document, is_new=True)
            return 200, {"id": name}
        if rest[0] not in self.messages:
            raise Refused(404, {"code": 10008})
        self.put(rest[0], channel, self.messages[rest[0]] | document, is_new=False)
        return 200, {"id": rest[0]}

    def text(self, message: dict[str, Any]) -> str:
        return str(message["content"])

    def buttons(self, message: dict[str, Any]) -> dict[str, Any]:
        parts = [part["custom_id"] for row in message["components"] for part in row["components"]]
        assert all(len(part) <= 100 for part in parts)
        return {part.split(".")[0]: part for part in parts}

    def limit(self) -> Refused:
        return Refused(429, {"retry_after": 30.0, "global": False}, Retry_After="30")


class Teams(ChatService):
    """A workflow that posts what it is sent; it has no secret but its address."""

    def check(self, request: Request) -> None:
        if len(request.body) > 28_000:
            raise Refused(413, "too large")

    def carry_out(self, request: Request) -> tuple[int, Any]:
        document = self.document(request)
        [card] = document["attachments"]
        is_card = card["contentType"] == "application/vnd.microsoft.card.adaptive"
        if document["type"] != "message" or not is_card or not card["content"]["body"]:
            raise Refused(400, "no card")
        self.put(str(self.posts), "", card["content"], is_new=True)
        return 202, ""

    def text(self, message: dict[str, Any]) -> str:
        return "\n".join(run["text"] for block in message["body"] for run in block["inlines"])

    def limit(self) -> Refused:
        says = b"Webhook message delivery failed: Microsoft Teams endpoint returned HTTP error 429"
        return Refused(200, says)


CHATS: dict[str, type[ChatService]] = {
    "slack": Slack,
    "mattermost": Mattermost,
    "discord": Discord,
    "teams": Teams,
}
EDITED = ("slack", "mattermost", "discord")
"""Those whose messages can be edited."""
