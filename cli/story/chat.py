"""A chat with one channel, which answers as Slack does, and in which people type and press."""

import hmac
import html
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.output import counted
from cli.story.loopback import Asked, Given, Loopback, NotTaken
from cli.story.senders import Hook

TEAM, CHANNEL, NAME = "T0001", "C0001", "#clusters"
TOKEN = "xoxb-token-of-the-chat"  # noqa: S105  # of a chat that lives as long as the story
PEOPLE = {"jane": "U0001", "bob": "U0002"}
LONGEST_SECTION, MOST_BUTTONS = 3000, 25
BOLD = re.compile(r"^\*(.*)\*$", re.MULTILINE)
NEW_LINE = "\n"
Tell = Callable[[str], None]


@dataclass
class Message:
    """One message of the product's bot, as people see it now."""

    blocks: list[dict[str, Any]]
    edits: int = 0

    @property
    def parts(self) -> list[str]:
        """Its sections as people read them."""
        texts = (str(block["text"]["text"]) for block in self.blocks if block["type"] == "section")
        return [html.unescape(BOLD.sub(r"\1", text)) for text in texts]

    @property
    def title(self) -> str:
        return self.parts[0].splitlines()[0]

    @property
    def edited(self) -> str:
        return f"(edited {counted(self.edits, 'time')})"

    @property
    def buttons(self) -> dict[str, str]:
        """What each button brings back, by its verb."""
        rows = itertools.chain(*(block.get("elements", ()) for block in self.blocks))
        return {str(row["action_id"]): str(row["value"]) for row in rows}


@dataclass
class Chat:
    """The channel as it stands; requests come in threads of the server."""

    tell: Tell
    messages: dict[str, Message] = field(default_factory=dict)
    """Those of the bot, by the time that names them, in the order in which they were posted."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self.server = Loopback(self.answer)

    def of_job(self, job: str) -> list[Message]:
        """Return the messages that tell of a job."""
        return [one for one in list(self.messages.values()) if f"({job[:8]})" in one.title]

    def type(self, hook: Hook, who: str, text: str) -> str:
        """Let somebody type a command; return what is answered."""
        self.tell(f"{who} types /cluster {text}; the chat signs it")
        sent = {"command": "/cluster", "text": text, "channel_id": CHANNEL, "channel_name": NAME}
        person = {"team_id": TEAM, "user_id": PEOPLE[who], "user_name": who}
        fields = {**sent, **person, "trigger_id": self._trigger()}
        return self._answered(hook.post_of_slack(fields))

    def press(self, hook: Hook, who: str, message: Message, verb: str) -> str:
        """Let somebody press a button of a message; return what is answered."""
        self.tell(f"{who} presses [{verb.capitalize()}]; the chat signs it")
        document = {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": PEOPLE[who], "username": who},
            "channel": {"id": CHANNEL},
            "trigger_id": self._trigger(),
            "actions": [{"type": "button", "action_id": verb, "value": message.buttons[verb]}],
        }
        return self._answered(hook.post_of_slack({"payload": json.dumps(document)}))

    def answer(self, asked: Asked) -> Given:
        """Answer one request as Slack does: what it does not take has the status 200, too."""
        shown = asked.headers.get("authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {TOKEN}".encode()):
            raise _not_ok("invalid_auth")
        method, document = asked.path.rpartition("/")[2], asked.document()
        if method == "auth.test":
            return Given(200, {"ok": True, "user": "clusterwright"})
        if document.get("channel") != CHANNEL:
            raise _not_ok("channel_not_found")
        blocks = list(document.get("blocks") or ())
        if not blocks or not all(map(_is_good, blocks)):
            raise _not_ok("invalid_blocks")
        with self._lock:
            return self._shown(method, str(document.get("ts", "")), blocks)

    def _shown(self, method: str, name: str, blocks: list[dict[str, Any]]) -> Given:
        """Post a message or edit one; tell of it where its title is another."""
        if method == "chat.postMessage":
            name = f"1700000000.{next(self._numbers):06}"
            self.messages[name] = Message(blocks)
            self.tell(f"a message in {NAME}: {self.messages[name].title}")
        elif method == "chat.update" and name in self.messages:
            former = self.messages[name]
            self.messages[name] = now = Message(blocks, former.edits + 1)
            if now.title != former.title:
                self.tell(f"the same message, edited: {now.title}")
        elif method == "chat.update":
            raise _not_ok("message_not_found")
        else:
            raise _not_ok("unknown_method")
        return Given(200, {"ok": True, "channel": CHANNEL, "ts": name})

    def _answered(self, answer: Mapping[str, Any]) -> str:
        text = html.unescape(str(answer.get("text") or ""))
        self.tell(f"and is answered: {text.partition(NEW_LINE)[0]}")
        return text

    def _trigger(self) -> str:
        return f"{next(self._numbers)}.{TEAM}.story"


def why(message: Message) -> Iterator[str]:
    """Yield the lines of a message that tell why a job failed, and what to do next."""
    for line in "\n".join(message.parts).splitlines():
        if line.startswith(("step ", "host ", "  command:", "  error", "next:")):
            yield line


def _not_ok(error: str) -> NotTaken:
    return NotTaken(200, {"ok": False, "error": error})


def _is_good(block: Mapping[str, Any]) -> bool:
    if block.get("type") == "section":
        return 0 < len(block["text"]["text"]) <= LONGEST_SECTION
    return block.get("type") == "actions" and 0 < len(block["elements"]) <= MOST_BUTTONS
