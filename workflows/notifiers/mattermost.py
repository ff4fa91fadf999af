"""Mattermost, by a bot's token: one message a job, which is edited as the job goes on."""

import re
from collections.abc import Mapping
from typing import Any

from workflows.chat.job_message import JobMessage
from workflows.notifiers.chat_answers import refusal
from workflows.notifiers.job_in_chat import (
    EVENTS,
    MESSAGE,
    NOTHING,
    SETTINGS,
    Chat,
    asked,
    document_of,
    teller,
)
from workflows.notifiers.mattermost_messages import form
from workflows.notifiers.notifier import Answer, Notifier, Post, Target, Told
from workflows.notifiers.ticket_answers import is_fine

CHANNELS = re.compile(r"[a-z0-9]{2,40}", re.ASCII)
MESSAGES = re.compile(r"[a-z0-9]{1,40}", re.ASCII)
WORD = re.compile(r"[a-z][a-z0-9_.]{0,80}", re.ASCII)
PACE_SECONDS = 1.0
POSTS = "/api/v4/posts"


def hello(target: Target, post: Post) -> Told:
    return _meant("ask who the bot is", _ask(target, post, "GET", "/api/v4/users/me"))


def post_text(target: Target, post: Post, channel: str, text: str) -> Told:
    body = {"channel_id": channel, "message": text}
    return _meant("post a test", _ask(target, post, "POST", POSTS, body))


def post_message(target: Target, post: Post, channel: str, message: JobMessage, once: str) -> Told:
    """Post it; Mattermost knows no names for one use."""
    del once
    body = {"channel_id": channel, **form(message, target.way)}
    posted = _ask(target, post, "POST", POSTS, body)
    name = str(document_of(posted).get("id") or "")
    keep = {MESSAGE: name if MESSAGES.fullmatch(name) else ""}
    return _meant("post the message of the job", posted, keep)


def edit(target: Target, post: Post, kept: Mapping[str, str], message: JobMessage) -> Told | None:
    path = f"{POSTS}/{kept[MESSAGE]}/patch"
    edited = _ask(target, post, "PUT", path, form(message, target.way))
    return None if edited.status == 404 else _meant("edit the message of the job", edited)


def _ask(target: Target, post: Post, method: str, path: str, document: Any = None) -> Answer:
    def headers(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    return asked(target, post, headers, method, path, document)


def _meant(what: str, answer: Answer, keep: Mapping[str, str] = NOTHING) -> Told:
    if is_fine(answer):
        return Told(True, retry_after=PACE_SECONDS, keep=keep)
    word = str(document_of(answer).get("id") or "")
    return refusal(what, answer, word if WORD.fullmatch(word) else "")


NOTIFIER = Notifier(
    name="mattermost",
    title="Mattermost",
    tell=teller(Chat("Mattermost", CHANNELS, hello, post_text, post_message, edit)),
    merges=True,
    draws=True,
    takes=SETTINGS,
    events=EVENTS,
)
