"""People who write in chats: the requests that each kind of chat makes of what they do."""

import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import payloads
from signed_requests import SECRETS, SIGNED, Request

from workflows.jobs import Job
from workflows.ledger.ledger import Ledger

CHATS = ("slack", "mattermost", "teams", "discord")
WITH_BUTTONS = ("slack", "mattermost", "discord")
TEAM = "T1"
MANY = 20
APPROVAL = "    approve_within: 8\n"
PEOPLE = """\
      "T1:U1": {name: jane, roles: [operator]}
      "T1:U2": {name: bob, roles: [approver]}
      "T1:U3": {name: eve, roles: [viewer]}
      "T1:U4": {name: ida, roles: [operator, approver], clusters: "test-*"}
"""
JANE, BOB, EVE, IDA, NOBODY = "U1", "U2", "U3", "U4", "U9"
_numbers = itertools.count(1)


def rules(kind: str, *, limits: str = "", people: str = PEOPLE) -> str:
    """Return a rule file in which people of a chat are named, and no rule stands."""
    return f"""\
sources:
  sender:
    kind: {kind}
    clusters: "*"
    environments: [dev, staging, prod]
    kinds: [add-nodes, remove-node, verify, upgrade, label-nodes]
{limits}    people:
{people}"""


@dataclass
class Chat:
    """One kind of chat, over HTTP."""

    kind: str
    url: str
    reply_to: str = ""
    """The address that comes with a request, to which it can be answered for a while."""
    http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=60))

    @property
    def secret(self) -> bytes:
        return SECRETS[self.kind][0]

    def typed(self, text: str, by: str = JANE, number: int = 0) -> Request:
        """Return the request that the chat makes when somebody types a command."""
        body = _COMMANDS[self.kind](text, by, number or next(_numbers))
        if self.reply_to:
            body += b"&" + urlencode({"response_url": self.reply_to}).encode()
        return SIGNED[self.kind](self.secret, time.time(), body)

    def pressed(self, button: Any, by: str = JANE, number: int = 0) -> Request:
        """Return the request that the chat makes when somebody presses a button of an answer."""
        more = (self.reply_to,) if self.kind == "slack" else ()
        body = _PRESSES[self.kind](button, by, number or next(_numbers), *more)
        if self.kind == "mattermost":
            return Request({"Content-Type": "application/json"}, body)
        return SIGNED[self.kind](self.secret, time.time(), body)

    def send(self, request: Request) -> httpx.Response:
        return self.http.post(self.url, content=request.body, headers=dict(request.headers))

    def say(self, text: str, by: str = JANE) -> str:
        """Type a command and return what is answered, as the person reads it."""
        return told(self.answered(self.send(self.typed(text, by))))

    def ask(self, text: str, by: str = JANE) -> dict[str, Any]:
        return self.answered(self.send(self.typed(text, by)))

    def press(self, answer: dict[str, Any], verb: str, by: str = JANE) -> dict[str, Any]:
        return self.answered(self.send(self.pressed(buttons(answer)[verb], by)))

    @staticmethod
    def answered(response: httpx.Response) -> dict[str, Any]:
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found


def told(answer: dict[str, Any]) -> str:
    """Return the text of an answer in any chat's form."""
    if "data" in answer:
        return str(answer["data"]["content"])
    if "update" in answer:
        return str(answer["update"]["message"])
    if "blocks" in answer:
        sections = [block["text"]["text"] for block in answer["blocks"] if "text" in block]
        return "\n".join(sections)
    return str(answer.get("ephemeral_text") or answer["text"])


def buttons(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what each button of an answer brings back, by its verb."""
    if "data" in answer:
        rows = answer["data"].get("components", [])
        parts = [part["custom_id"] for row in rows for part in row["components"]]
        return {part.split(".")[0]: part for part in parts}
    if "blocks" in answer:
        rows = [part for block in answer["blocks"] for part in block.get("elements", [])]
        return {part["action_id"]: part["value"] for part in rows}
    props = answer.get("props") or answer.get("update", {}).get("props") or {}
    actions = [one for each in props.get("attachments", []) for one in each["actions"]]
    return {one["id"]: one["integration"]["context"] for one in actions}


def is_for_all(answer: dict[str, Any]) -> bool:
    if "data" in answer:
        return "flags" not in answer["data"]
    return "update" in answer or answer.get("response_type") == "in_channel"


def newest(ledger: Ledger) -> Job:
    """Return the job that was asked for last."""
    return ledger.jobs()[0]


def _slack(text: str, by: str, number: int) -> bytes:
    return urlencode(
        {
            "team_id": TEAM,
            "user_id": by,
            "user_name": "jane",
            "channel_id": "C1",
            "command": "/cluster",
            "text": text,
            "trigger_id": f"{number}.1.abc",
        }
    ).encode()


def _slack_press(value: str, by: str, number: int, reply_to: str = "") -> bytes:
    return payloads.slack_payload(
        ({"response_url": reply_to} if reply_to else {})
        | {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": by, "username": "jane"},
            "channel": {"id": "C1"},
            "trigger_id": f"{number}.2.def",
            "actions": [{"type": "button", "action_id": "any", "value": value}],
        }
    )


def _mattermost(text: str, by: str, number: int) -> bytes:
    fields = {
        "team_id": TEAM,
        "user_id": by,
        "user_name": "jane",
        "channel_id": "c1",
        "command": "/cluster",
        "text": text,
        "trigger_id": f"mm{number}",
    }
    return urlencode(fields).encode()


def _mattermost_press(context: dict[str, Any], by: str, number: int) -> bytes:
    document = {
        "user_id": by,
        "team_id": TEAM,
        "post_id": "p1",
        "channel_id": "c1",
        "trigger_id": f"press{number}",
        "context": context,
    }
    return json.dumps(document).encode()


def _teams(text: str, by: str, number: int) -> bytes:
    document = {
        "type": "message",
        "id": f"{number}000",
        "from": {"id": "29:1", "name": "jane", "aadObjectId": by},
        "conversation": {"id": "19:c@thread"},
        "channelData": {"tenant": {"id": TEAM}},
        "text": f"<at>Clusters</at>&nbsp;{text}\n",
    }
    return json.dumps(document).encode()


def _discord(text: str, by: str, number: int, kind: int = 2) -> bytes:
    document = {
        "type": kind,
        "id": f"{number}77",
        "guild_id": TEAM,
        "channel_id": "6",
        "member": {"user": {"id": by, "username": "jane"}},
        "data": {"name": "cluster", "options": [{"name": "text", "value": text}]},
    }
    return json.dumps(document).encode()


def discord_typing(text: str, by: str = JANE) -> bytes:
    """Return what Discord asks while somebody types."""
    return _discord(text, by, next(_numbers), kind=4)


def _discord_press(custom_id: str, by: str, number: int) -> bytes:
    document = {
        "type": 3,
        "id": f"{number}88",
        "guild_id": TEAM,
        "channel_id": "6",
        "member": {"user": {"id": by, "username": "jane"}},
        "data": {"custom_id": custom_id, "component_type": 2},
    }
    return json.dumps(document).encode()


_COMMANDS = {"slack": _slack, "mattermost": _mattermost, "teams": _teams, "discord": _discord}
_PRESSES = {"slack": _slack_press, "mattermost": _mattermost_press, "discord": _discord_press}
