"""What chats have in common in telling of jobs: which news, where, and as which message."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from workflows.chat.job_message import JobMessage, job_message
from workflows.notifiers.notifier import Answer, News, Post, Target, Told

TEST = "subscription.test"
"""The type of what somebody sends to try a subscription; it is about no job."""
TEST_TEXT = "This is a test of Clusterwright: jobs will be told here."
EVENTS = ("job.*", "step.*")
AGENT = "clusterwright"
MESSAGE, CHANNEL, SHOWN = "message", "channel", "shown"
"""What is kept of a job: the message that is edited, where it is, and a digest of what it says."""
Headers = Callable[[str], Mapping[str, str]]
"""How a chat shows its secret."""


def is_shown(news: News) -> bool:
    """Whether news is of a job that can be shown; of one that is forgotten only the id is left."""
    return news.type.partition(".")[0] in {"job", "step"} and "status" in news.job


def channel_of(target: Target, news: News, form: re.Pattern[str]) -> str:
    """Return where a job is told: where it was asked for in this chat, else the channel set.

    Empty where it was asked for elsewhere and no channel is set. ``form`` is that of channels'
    names: what a rule's event was about need not be a channel.
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
