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
    SHOWN,
    TEST,
    TEST_TEXT,
    asked,
    channel_of,
    digest_of,
    document_of,
    is_shown,
    message_of,
    unreachable,
)
from workflows.notifiers.notifier import Answer, News, Notifier, Post, Target, Told
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
NOBODY: dict[str, list[str]] = {"parse": []}
"""Whom a message mentions."""
AGENT = "DiscordBot (clusterwright, 1)"
"""In the form without which Discord answers nothing."""


def tell(target: Target, news: News, kept: Mapping[str, str], post: Post) -> Told:
    """Post the message of a job, or edit the one that there is."""
    try:
        return _told(target, news, kept, post)
    except OSError as error:
        return unreachable("Discord", error)


def _told(target: Target, news: News, kept: Mapping[str, str], post: Post) -> Told:
    if news.type == TEST:
        return _tried(target, post)
    channel = kept.get(CHANNEL) or channel_of(target, news, NAMES)
    if not channel or not is_shown(news):
        return Told(True)
    message = message_of(news, target)
    digest = digest_of(message)
    if kept.get(SHOWN) == digest:
        return Told(True)
    body = _form(message)
    path = f"/channels/{channel}/messages"
    if kept.get(MESSAGE):
        edited = _ask(target, post, "PATCH", f"{path}/{kept[MESSAGE]}", body)
        if document_of(edited).get("code") != UNKNOWN_MESSAGE:
            return _meant("edit the message of the job", edited, {SHOWN: digest})
    # Of two posts with the same name within minutes Discord keeps one: an answer may be lost.
    once = {"nonce": news.id[-25:], "enforce_nonce": True}
    posted = _ask(target, post, "POST", path, body | once)
    name = str(document_of(posted).get("id") or "")
    keep = {MESSAGE: name if NAMES.fullmatch(name) else "", CHANNEL: channel, SHOWN: digest}
    return _meant("post the message of the job", posted, keep)


def _tried(target: Target, post: Post) -> Told:
    """Post a test where a channel is set, else ask whether the token is good."""
    channel = target.settings.get("channel", "")
    if not channel:
        return _meant("ask who the bot is", _ask(target, post, "GET", "/users/@me"), {})
    body = {"content": TEST_TEXT, "allowed_mentions": NOBODY}
    return _meant(
        "post a test", _ask(target, post, "POST", f"/channels/{channel}/messages", body), {}
    )


def _ask(target: Target, post: Post, method: str, path: str, document: Any = None) -> Answer:
    def headers(token: str) -> dict[str, str]:
        return {"Authorization": f"Bot {token}", "User-Agent": AGENT}

    return asked(target, post, headers, method, path, document)


def _meant(what: str, answer: Answer, keep: Mapping[str, str]) -> Told:
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
    name="discord", title="Discord", tell=tell, merges=True, draws=True, events=EVENTS
)
