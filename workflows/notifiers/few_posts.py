"""How who asked in a chat is told without a bot: a few posts to the address that came with it.

Slack and Mattermost take five posts to such an address, for half an hour. So only moments are told
at which somebody would look, and the last post is kept for the end.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from workflows.chat.answers import SHORT_ID, Way
from workflows.chat.job_message import JobMessage
from workflows.notifiers.chat_answers import refusal
from workflows.notifiers.job_in_chat import AGENT, TEST, is_shown, message_of, unreachable
from workflows.notifiers.notifier import Answer, Following, News, Post, Target, Told
from workflows.notifiers.ticket_answers import LATER, is_limited
from workflows.states import CARRIED_OUT, JobStatus

MOST_POSTS = 5
GOOD_SECONDS = 30 * 60 - 20
"""Less than the half hour by what an answer may take."""
LATE_SECONDS = 25 * 60
"""From when on it is said that nothing is told soon."""
ADDRESS, POSTS, SAID = "address", "posts", "said"
"""What is kept of a job: which address was written to, how often, and the moment told last."""
SETTINGS = ("source",)
PERSON, HELD, UNDER_WAY, LATE, FAILED, ENDED = (
    *("waits for a person", "waits", "under way", "late", "failed", "ended"),
)
"""The moments of a job that are told, each once in a row."""
REST = (FAILED, ENDED)
"""Those after which nothing moves by itself."""
LAST_BUT_ONE = "only its end is told here from now on; type watch {}"
SOON_OVER = "it goes on, and nothing is told here after half an hour; type watch {}"
NO_TEST = (
    "cannot try this: news go to the address that comes with a command, and none has come; type a "
    "change in the chat"
)
NO_SOURCE = (
    "cannot tell {0}: nobody has said which sender's; remove the subscription, and add it with "
    "--set source=NAME"
)
ELSEWHERE = (
    "cannot tell {0}: the address that came with the request is not at {1}; if it is right, remove "
    "the subscription, and add it with the address of that server"
)
OVER = (
    "cannot tell {0} any more: it answers {1}, so the address that came with the request is used "
    "up or over; type watch JOB in the chat"
)


@dataclass(frozen=True, slots=True)
class Chat:
    """What tells one chat from another of those that can be told so."""

    title: str
    form: Callable[[JobMessage, Way | None], Mapping[str, Any]]
    """Put a message into the chat's own form."""


def teller(chat: Chat) -> Callable[[Target, News, Mapping[str, str], Post], Told]:
    """Return what tells who follows a job, at few moments."""

    def tell(target: Target, news: News, kept: Mapping[str, str], post: Post) -> Told:
        source = target.settings.get("source")
        if not source:
            return Told(False, NO_SOURCE.format(chat.title), is_final=True)
        if news.type == TEST:
            return Told(False, NO_TEST, is_final=True)
        following = news.following
        if following is None or following.source != source or not is_shown(news):
            return Told(True)
        if _origin(following.url) != _origin(target.url):
            host = urlsplit(target.url).hostname
            return Told(False, ELSEWHERE.format(chat.title, host), is_final=True)
        return _told(chat, target, news, following, kept, post)

    return tell


def _told(
    chat: Chat,
    target: Target,
    news: News,
    following: Following,
    kept: Mapping[str, str],
    post: Post,
) -> Told:
    is_same = kept.get(ADDRESS) == following.id
    posts = int(kept.get(POSTS, 0)) if is_same else 0
    before = kept.get(SAID, "") if is_same else following.said
    moment = next_moment(news.job, before, posts, time.time() - following.at)
    if not moment:
        return Told(True)
    message = _with_note(message_of(news, target), moment, posts, str(news.job["id"]))
    body = {
        "response_type": "in_channel" if following.for_all else "ephemeral",
        **({"replace_original": True} if following.replaces else {}),
        **chat.form(message, target.way),
    }
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": AGENT}
    try:
        answer = post("POST", following.url, headers=headers, body=json.dumps(body).encode())
    except OSError as error:
        return unreachable(chat.title, error)
    return _meant(chat, answer, {ADDRESS: following.id, SAID: moment}, posts)


def next_moment(job: Mapping[str, Any], before: str, posts: int, age: float) -> str:
    """Return what is to be told of a job now, or nothing; pure.

    ``before`` is the moment that was told last, by so many ``posts``; ``age`` is that of the
    address in seconds.
    """
    moment = moment_of(job)
    if moment == UNDER_WAY and age >= LATE_SECONDS:
        moment = LATE
    if moment == before or posts >= MOST_POSTS or age >= GOOD_SECONDS:
        return ""
    return "" if posts == MOST_POSTS - 1 and moment not in REST else moment


def moment_of(job: Mapping[str, Any]) -> str:
    """Return at which of the moments a job is; pure."""
    status = JobStatus(job["status"])
    if status in {JobStatus.FAILED, JobStatus.STUCK}:
        return FAILED
    asks = (job.get("waits") or {}).get("asks")
    if status is JobStatus.AWAITING_APPROVAL or asks:
        return PERSON
    if status is JobStatus.QUEUED:
        return HELD
    return UNDER_WAY if status in CARRIED_OUT else ENDED


def _with_note(message: JobMessage, moment: str, posts: int, job: str) -> JobMessage:
    """Say in a message what is not told any more, so that nobody waits for it."""
    note = ""
    if moment == LATE:
        note = SOON_OVER
    elif posts + 1 == MOST_POSTS - 1 and moment not in REST:
        note = LAST_BUT_ONE
    lines = (note.format(job[:SHORT_ID]),) if note else ()
    return replace(message, lines=(*lines, *message.lines))


def _meant(chat: Chat, answer: Answer, keep: Mapping[str, str], posts: int) -> Told:
    if 200 <= answer.status < 300:
        return Told(True, keep={**keep, POSTS: str(posts + 1)})
    if is_limited(answer) or answer.status in LATER or answer.status >= 500:
        return refusal("tell of the job", answer)
    used_up = {**keep, POSTS: str(MOST_POSTS)}
    because = OVER.format(chat.title, answer.status)
    return Told(False, because, is_final=True, keep=used_up)


def _origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of an address; of one that cannot be read, none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", "", None
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port or usual
