"""Discord, by a bot's token: one message a job, which is edited as the job goes on."""

import re
from collections.abc import Mapping
from typing import Any

from workflows.chat.job_message import JobMessage, fitted
from workflows.chat.plain import fenced, for_markdown
from workflows.hooks.sources.discord import rows
from workflows.notifiers.chat_answers import refusal
from workflows.notifiers.job_in_chat import (
    CHANNEL,
    EVENTS,
    MESSAGE,
    NOTHING,
    SETTINGS,
    Chat,
    asked,
    document_of,
    teller,
)
from workflows.notifiers.notifier import Answer, Notifier, Post, Target, Told
from workflows.notifiers.ticket_answers import is_fine

NAMES = re.compile(r"[0-9]{1,25}", re.ASCII)
"""Of channels and of messages."""
ROOM = 2000
"""Signs of a message that Discord takes."""
PACE_SECONDS = 1.0
"""Five messages in five seconds of a channel, unless Discord says otherwise."""
NO_PREVIEW = 4
"""The flag that keeps Discord from showing what an address leads to."""
UNKNOWN_MESSAGE = 10008
LONGEST_NONCE = 25
NOBODY: dict[str, list[str]] = {"parse": []}
"""Whom a message mentions."""
AGENT = "DiscordBot (clusterwright, 1)"
"""In the form without which Discord answers nothing."""


def hello(target: Target, post: Post) -> Told:
    return _meant("ask who the bot is", _ask(target, post, "GET", "/users/@me"))


def post_text(target: Target, post: Post, channel: str, text: str) -> Told:
    body = {"content": text, "allowed_mentions": NOBODY}
    return _meant("post a test", _ask(target, post, "POST", _messages(channel), body))


def post_message(target: Target, post: Post, channel: str, message: JobMessage, once: str) -> Told:
    """Post it; of two of one name within minutes Discord keeps the first."""
    body = {**_form(message), "nonce": once[-LONGEST_NONCE:], "enforce_nonce": True}
    posted = _ask(target, post, "POST", _messages(channel), body)
    name = str(document_of(posted).get("id") or "")
    keep = {MESSAGE: name if NAMES.fullmatch(name) else ""}
    return _meant("post the message of the job", posted, keep)


def edit(target: Target, post: Post, kept: Mapping[str, str], message: JobMessage) -> Told | None:
    path = f"{_messages(kept[CHANNEL])}/{kept[MESSAGE]}"
    edited = _ask(target, post, "PATCH", path, _form(message))
    is_gone = document_of(edited).get("code") == UNKNOWN_MESSAGE
    return None if is_gone else _meant("edit the message of the job", edited)


def _messages(channel: str) -> str:
    return f"/channels/{channel}/messages"


def _ask(target: Target, post: Post, method: str, path: str, document: Any = None) -> Answer:
    def headers(token: str) -> dict[str, str]:
        return {"Authorization": f"Bot {token}", "User-Agent": AGENT}

    return asked(target, post, headers, method, path, document)


def _meant(what: str, answer: Answer, keep: Mapping[str, str] = NOTHING) -> Told:
    if is_fine(answer):
        return Told(True, retry_after=_pace(answer), keep=keep)
    code = document_of(answer).get("code")
    return refusal(what, answer, str(code) if isinstance(code, int) else "")


def _pace(answer: Answer) -> float:
    """Return the seconds until the next message, as Discord says them where none is left."""
    told = answer.headers.get("x-ratelimit-reset-after", "")
    if answer.headers.get("x-ratelimit-remaining") != "0" or not re.fullmatch(
        r"\d{1,6}(\.\d+)?", told
    ):
        return PACE_SECONDS
    return max(float(told), PACE_SECONDS)


def _form(message: JobMessage) -> dict[str, Any]:
    """Return a message in Discord's form; an empty list takes former buttons away."""
    title = f"**{for_markdown(message.title)}**"
    room = ROOM - len(title) - len(message.link) - len(fenced("")) - 3
    text, drawing = fitted(message, room, for_markdown)
    parts = [title, text, drawing and fenced(drawing), message.link]
    return {
        "content": "\n".join(filter(None, parts)),
        "allowed_mentions": NOBODY,
        "components": rows(message.buttons),
        "flags": NO_PREVIEW,
    }


NOTIFIER = Notifier(
    name="discord",
    title="Discord",
    tell=teller(Chat("Discord", NAMES, hello, post_text, post_message, edit)),
    merges=True,
    draws=True,
    takes=SETTINGS,
    events=EVENTS,
)
