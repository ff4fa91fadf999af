"""How a chat is told of jobs: one message each, posted once and edited from then on."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from workflows.chat.job_message import JobMessage, job_message
from workflows.notifiers.notifier import Answer, News, Post, Target, Told

TEST = "subscription.test"
"""The type of what somebody sends to try a subscription; it is about no job."""
TEST_TEXT = "This is a test of Clusterwright: jobs will be told here."
EVENTS = ("job.*", "step.*")
SETTINGS = ("channel", "source")
AGENT = "clusterwright"
MESSAGE, CHANNEL, SHOWN = "message", "channel", "shown"
"""What is kept of a job: the message that is edited, where it is, and a digest of what it says."""
NOTHING: Mapping[str, str] = {}
"""What an answer leaves to keep that names no message."""
NO_CHANNEL = (
    "cannot tell {0}: its channels have ids, and {1!r} is none; remove the subscription, and "
    "add it with --set channel=ID"
)
Headers = Callable[[str], Mapping[str, str]]
"""How a chat shows its secret."""


@dataclass(frozen=True, slots=True)
class Chat:
    """What tells one chat, whose messages can be edited, from another."""

    title: str
    channels: re.Pattern[str]
    """The form of its channels' names: what a rule's event was about need not be a channel."""
    hello: Callable[[Target, Post], Told]
    """Ask what changes nothing, to try the token."""
    post_text: Callable[[Target, Post, str, str], Told]
    """Post a text into a channel."""
    post_message: Callable[[Target, Post, str, JobMessage, str], Told]
    """Post a message into a channel, under a name for one use; keeps ``MESSAGE``."""
    edit: Callable[[Target, Post, Mapping[str, str], JobMessage], Told | None]
    """Edit the message that was kept; nothing where it is gone."""


def teller(chat: Chat) -> Callable[[Target, News, Mapping[str, str], Post], Told]:
    """Return what posts the message of a job, or edits the one that there is."""

    def tell(target: Target, news: News, kept: Mapping[str, str], post: Post) -> Told:
        try:
            channel = target.settings.get("channel", "")
            if channel and not chat.channels.fullmatch(channel):
                return Told(False, NO_CHANNEL.format(chat.title, channel[:40]), is_final=True)
            if news.type == TEST:
                there = channel and chat.post_text(target, post, channel, TEST_TEXT)
                return there or chat.hello(target, post)
            return _told(chat, target, news, kept, post)
        except OSError as error:
            return unreachable(chat.title, error)

    return tell


def _told(chat: Chat, target: Target, news: News, kept: Mapping[str, str], post: Post) -> Told:
    channel = kept.get(CHANNEL) or channel_of(target, news, chat.channels)
    if not channel or not is_shown(news):
        return Told(True)
    message = message_of(news, target)
    shown = {SHOWN: digest_of(message)}
    if kept.get(SHOWN) == shown[SHOWN]:
        return Told(True)
    told = chat.edit(target, post, kept, message) if kept.get(MESSAGE) else None
    if told is None:
        told = chat.post_message(target, post, channel, message, news.id)
        shown |= {CHANNEL: channel}
    return replace(told, keep={**shown, **told.keep}) if told.is_done else told


def is_shown(news: News) -> bool:
    """Whether news is of a job that can be shown; of one that is forgotten only the id is left."""
    return news.type.partition(".")[0] in {"job", "step"} and "status" in news.job


def channel_of(target: Target, news: News, form: re.Pattern[str]) -> str:
    """Return where a job is told: where it was asked for in this chat, else the channel set.

    Empty where it was asked for elsewhere and no channel is set.
    """
    reference = news.job.get("reference") or {}
    source, subject = target.settings.get("source"), str(reference.get("subject") or "")
    if source and reference.get("source") == source and form.fullmatch(subject):
        return subject
    return target.settings.get("channel", "")


def message_of(news: News, target: Target) -> JobMessage:
    """Return the message of a job; buttons stand below it where somebody hears presses."""
    return job_message(
        news.job,
        page=news.page,
        drawing=news.drawing,
        at=time.time(),
        with_buttons=target.way is not None,
    )


def digest_of(message: JobMessage) -> str:
    """Return what tells one message from another, but for how long its buttons are good."""
    buttons = [(one.verb, one.epoch, one.digest) for one in message.buttons]
    said = [message.title, message.lines, message.drawing, message.link, buttons]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def asked(
    target: Target,
    post: Post,
    headers: Headers,
    method: str,
    path: str,
    document: Any = None,
    *,
    is_stranger: Callable[[Answer], bool] = lambda answer: answer.status == 401,
) -> Answer:
    """Send one request; while a secret is replaced by another, either may be the good one.

    Raises ``OSError`` where nobody answers.
    """
    sent = {"Accept": "application/json", "User-Agent": AGENT}
    body = b""
    if document is not None:
        body = json.dumps(document).encode()
        sent["Content-Type"] = "application/json; charset=utf-8"
    answer = Answer(401, b"no secret was entered")
    for secret in target.secrets:
        shown = headers(secret.decode(errors="replace").strip())
        url = f"{target.url.rstrip('/')}{path}"
        answer = post(method, url, headers={**sent, **shown}, body=body)
        if not is_stranger(answer):
            break
    return answer


def document_of(answer: Answer) -> dict[str, Any]:
    """Return the document that was answered; an empty one for anything else."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def unreachable(title: str, error: OSError) -> Told:
    """Return that nobody has answered, which is tried again."""
    return Told(False, f"cannot reach {title}: {error}; tried again later")
