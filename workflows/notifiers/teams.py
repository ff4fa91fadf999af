"""Microsoft Teams, by the address of a workflow or an incoming webhook: cards, which stay.

Nothing that was posted by such an address can be edited. So a channel is told when a job is
accepted, when somebody has to approve it, and how it ended; what lies between is on the page.
"""

import json
from collections.abc import Mapping
from typing import Any

from cluster.printable import visible
from workflows.chat.job_message import JobMessage, fitted
from workflows.notifiers.chat_answers import refusal
from workflows.notifiers.job_in_chat import (
    AGENT,
    TEST,
    TEST_TEXT,
    is_shown,
    message_of,
    unreachable,
)
from workflows.notifiers.notifier import Answer, News, Notifier, Post, Target, Told
from workflows.notifiers.ticket_answers import UNKNOWN_WAIT, is_fine
from workflows.states import FINISHED

EVENTS = ("accepted", "approval-requested", *sorted(map(str, FINISHED)))
ROOM = 8000
"""Signs of a card; with all that JSON adds it may have 28 kB."""
PACE_SECONDS = 1.0
NO_BREAK = "\u00a0"
CARD = "application/vnd.microsoft.card.adaptive"
LIMITED = b"HTTP error 429"
"""What an incoming webhook answers with status 200 where the limit of the channel is reached."""


def tell(target: Target, news: News, kept: Mapping[str, str], post: Post) -> Told:
    """Post a card; ``kept`` is not needed."""
    if news.type == TEST:
        message = JobMessage(TEST_TEXT, ())
    elif is_shown(news) and news.type.removeprefix("job.") in EVENTS:
        message = message_of(news, target)
    else:
        return Told(True)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": AGENT}
    body = json.dumps(_form(message)).encode()
    try:
        answer = post("POST", target.url, headers=headers, body=body)
    except OSError as error:
        return unreachable("Teams", error)
    return _meant(answer)


def _meant(answer: Answer) -> Told:
    if LIMITED in answer.body:
        because = "cannot post a card: Teams has had too much at once; tried again in a minute"
        return Told(False, because, UNKNOWN_WAIT)
    if is_fine(answer):
        return Told(True, retry_after=PACE_SECONDS)
    return refusal("post a card", answer)


def _form(message: JobMessage) -> dict[str, Any]:
    """Return a card; its buttons can open an address and nothing else."""
    text, drawing = fitted(message, ROOM, visible)
    blocks = [_block(message.title, weight="Bolder", size="Medium")]
    blocks += [_block(line) for line in text.splitlines()]
    # Teams shows many spaces as one, unless they are such as keep words together.
    shown = drawing.replace(" ", NO_BREAK)
    blocks += [_block(line, fontType="Monospace") for line in shown.splitlines()]
    content: dict[str, Any] = {"type": "AdaptiveCard", "version": "1.4", "body": blocks}
    if message.link:
        action = {"type": "Action.OpenUrl", "title": "Open the page", "url": message.link}
        content["actions"] = [action]
    card = {"contentType": CARD, "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [card]}


def _block(text: str, **more: str) -> dict[str, Any]:
    """Return a line in whose text no sign is markup."""
    run = {"type": "TextRun", "text": text, **more}
    return {"type": "RichTextBlock", "spacing": "None", "inlines": [run]}


NOTIFIER = Notifier(
    name="teams",
    title="Microsoft Teams",
    tell=tell,
    draws=True,
    takes=(),
    events=tuple(f"job.{event}" for event in EVENTS),
)
