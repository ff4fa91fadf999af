"""Mattermost, by a bot's token: one message a job, which is edited as the job goes on."""

import re
from collections.abc import Mapping
from typing import Any

from workflows.chat.job_message import JobMessage, fitted
from workflows.chat.plain import fenced, for_markdown
from workflows.hooks.sources.mattermost import button_form
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

CHANNELS = re.compile(r"[a-z0-9]{2,40}", re.ASCII)
MESSAGES = re.compile(r"[a-z0-9]{1,40}", re.ASCII)
WORD = re.compile(r"[a-z][a-z0-9_.]{0,80}", re.ASCII)
ROOM = 3900
"""Signs of a message: 4000 on servers that have not been told to take more."""
PACE_SECONDS = 1.0
POSTS = "/api/v4/posts"


def tell(target: Target, news: News, kept: Mapping[str, str], post: Post) -> Told:
    """Post the message of a job, or edit the one that there is."""
    try:
        return _told(target, news, kept, post)
    except OSError as error:
        return unreachable("Mattermost", error)


def _told(target: Target, news: News, kept: Mapping[str, str], post: Post) -> Told:
    if news.type == TEST:
        return _tried(target, post)
    channel = kept.get(CHANNEL) or channel_of(target, news, CHANNELS)
    if not channel or not is_shown(news):
        return Told(True)
    message = message_of(news, target)
    digest = digest_of(message)
    if kept.get(SHOWN) == digest:
        return Told(True)
    body = _form(message, target)
    if kept.get(MESSAGE):
        edited = _ask(target, post, "PUT", f"{POSTS}/{kept[MESSAGE]}/patch", body)
        if edited.status != 404:
            return _meant("edit the message of the job", edited, {SHOWN: digest})
    posted = _ask(target, post, "POST", POSTS, body | {"channel_id": channel})
    name = str(document_of(posted).get("id") or "")
    keep = {MESSAGE: name if MESSAGES.fullmatch(name) else "", CHANNEL: channel, SHOWN: digest}
    return _meant("post the message of the job", posted, keep)


def _tried(target: Target, post: Post) -> Told:
    """Post a test where a channel is set, else ask whether the token is good."""
    channel = target.settings.get("channel", "")
    if not channel:
        return _meant("ask who the bot is", _ask(target, post, "GET", "/api/v4/users/me"), {})
    body = {"channel_id": channel, "message": TEST_TEXT}
    return _meant("post a test", _ask(target, post, "POST", POSTS, body), {})


def _ask(target: Target, post: Post, method: str, path: str, document: Any = None) -> Answer:
    def headers(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    return asked(target, post, headers, method, path, document)


def _meant(what: str, answer: Answer, keep: Mapping[str, str]) -> Told:
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
    name="mattermost", title="Mattermost", tell=tell, merges=True, draws=True, events=EVENTS
)
