"""Mattermost, by a bot's token: one message a job, which is edited as the job goes on."""

import re
from collections.abc import Mapping
from typing import Any

from workflows.chat.job_message import JobMessage, fitted
from workflows.chat.plain import fenced, for_markdown
from workflows.hooks.sources.mattermost import button_form
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
from workflows.notifiers.notifier import Answer, Notifier, Post, Target, Told
from workflows.notifiers.ticket_answers import is_fine

CHANNELS = re.compile(r"[a-z0-9]{2,40}", re.ASCII)
MESSAGES = re.compile(r"[a-z0-9]{1,40}", re.ASCII)
WORD = re.compile(r"[a-z][a-z0-9_.]{0,80}", re.ASCII)
ROOM = 3900
"""Signs of a message: 4000 on servers that have not been told to take more."""
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
    body = {"channel_id": channel, **_form(message, target)}
    posted = _ask(target, post, "POST", POSTS, body)
    name = str(document_of(posted).get("id") or "")
    keep = {MESSAGE: name if MESSAGES.fullmatch(name) else ""}
    return _meant("post the message of the job", posted, keep)


def edit(target: Target, post: Post, kept: Mapping[str, str], message: JobMessage) -> Told | None:
    path = f"{POSTS}/{kept[MESSAGE]}/patch"
    edited = _ask(target, post, "PUT", path, _form(message, target))
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


def _form(message: JobMessage, target: Target) -> dict[str, Any]:
    """Return a message in Mattermost's form; an empty list takes former buttons away."""
    title = f"**{for_markdown(message.title)}**"
    room = ROOM - len(title) - len(message.link) - len(fenced("")) - 3
    text, drawing = fitted(message, room, for_markdown)
    parts = [title, text, drawing and fenced(drawing), message.link]
    way = target.way
    can_press = way is not None and way.url and way.secret
    buttons = [button_form(one, way) for one in message.buttons] if way and can_press else []
    attachments = [{"actions": buttons}] if buttons else []
    return {"message": "\n".join(filter(None, parts)), "props": {"attachments": attachments}}


NOTIFIER = Notifier(
    name="mattermost",
    title="Mattermost",
    tell=teller(Chat("Mattermost", CHANNELS, hello, post_text, post_message, edit)),
    merges=True,
    draws=True,
    takes=SETTINGS,
    events=EVENTS,
)
