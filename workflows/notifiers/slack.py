"""Slack, by a bot's token: one message a job, which is edited as the job goes on."""

import re
from collections.abc import Mapping
from typing import Any

from workflows.chat.job_message import JobMessage
from workflows.notifiers.chat_answers import HELP, refusal
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
from workflows.notifiers.slack_messages import form
from workflows.notifiers.ticket_answers import is_limited, wait_of

CHANNELS = re.compile(r"[CDG][A-Z0-9]{1,40}", re.ASCII)
WORD = re.compile(r"[a-z_]{1,60}", re.ASCII)
PACE_SECONDS = 1.5
"""Slack takes some 50 edits a minute, and a message a second of a channel."""
STRANGER = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked"})
ADVICE = {
    **dict.fromkeys(STRANGER, f"its token is not good; enter another, {HELP}"),
    "token_expired": f"its token is not good; enter another, {HELP}",
    "channel_not_found": "invite the bot to the channel, or set another channel, by its id",
    "not_in_channel": "invite the bot to the channel with /invite",
    "is_archived": "the channel is archived; set another one",
    "missing_scope": "give the app the scope chat:write, and install it again",
    "no_permission": "give the app the scope chat:write, and install it again",
    "restricted_action": "let the bot post in this channel",
    "invalid_blocks": "report this as a defect",
    "msg_too_long": "report this as a defect",
}
"""The errors of Slack that trying again does not help, and what does."""
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""Where the message cannot be edited any more: another is posted."""


def hello(target: Target, post: Post) -> Told:
    return _meant("show the token", _ask(target, post, "auth.test", {}))


def post_text(target: Target, post: Post, channel: str, text: str) -> Told:
    body = {"channel": channel, "text": text}
    return _meant("post a test", _ask(target, post, "chat.postMessage", body))


def post_message(target: Target, post: Post, channel: str, message: JobMessage, once: str) -> Told:
    """Post it; Slack knows no names for one use."""
    del once
    body = {"channel": channel, "unfurl_links": False, **form(message)}
    posted = _ask(target, post, "chat.postMessage", body)
    found = document_of(posted)
    keep = {MESSAGE: str(found.get("ts", "")), CHANNEL: str(found.get("channel") or channel)}
    return _meant("post the message of the job", posted, keep)


def edit(target: Target, post: Post, kept: Mapping[str, str], message: JobMessage) -> Told | None:
    body = {"channel": kept[CHANNEL], "ts": kept[MESSAGE], **form(message)}
    edited = _ask(target, post, "chat.update", body)
    return None if _error(edited) in GONE else _meant("edit the message of the job", edited)


def _ask(target: Target, post: Post, method: str, document: Mapping[str, Any]) -> Answer:
    def headers(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    def is_stranger(answer: Answer) -> bool:
        return _error(answer) in STRANGER

    path = f"/{method}"
    return asked(target, post, headers, "POST", path, document, is_stranger=is_stranger)


def _error(answer: Answer) -> str:
    """Return Slack's own word for what is wrong, which comes with status 200; empty if nothing."""
    found = document_of(answer)
    word = str(found.get("error") or "")
    if found.get("ok") is True:
        return ""
    return word if WORD.fullmatch(word) else "unreadable"


def _meant(what: str, answer: Answer, keep: Mapping[str, str] = NOTHING) -> Told:
    error = _error(answer)
    if not error and answer.status == 200:
        return Told(True, retry_after=PACE_SECONDS, keep=keep)
    if error == "ratelimited" or is_limited(answer):
        because = f"cannot {what}: Slack answers {error}; tried again when it says"
        return Told(False, because, wait_of(answer))
    if error in ADVICE:
        because = f"cannot {what}: Slack answers {error}; {ADVICE[error]}"
        return Told(False, because, is_final=True)
    if answer.status != 200:
        return refusal(what, answer)
    return Told(False, f"cannot {what}: Slack answers {error}; tried again later")


NOTIFIER = Notifier(
    name="slack",
    title="Slack",
    tell=teller(Chat("Slack", CHANNELS, hello, post_text, post_message, edit)),
    merges=True,
    draws=True,
    takes=SETTINGS,
    events=EVENTS,
)
