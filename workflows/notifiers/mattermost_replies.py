"""Mattermost, without a bot's token: few posts to the ``response_url`` of a slash command."""

from collections.abc import Mapping
from typing import Any

from workflows.chat.answers import Way
from workflows.chat.job_message import JobMessage
from workflows.notifiers.few_posts import SETTINGS, Chat, teller
from workflows.notifiers.job_in_chat import EVENTS
from workflows.notifiers.mattermost_messages import form
from workflows.notifiers.notifier import Notifier


def _form(message: JobMessage, way: Way | None) -> Mapping[str, Any]:
    """Return what a command is answered with, in which a message is called a text."""
    row = form(message, way)
    return {"text": row["message"], "props": row["props"]}


NOTIFIER = Notifier(
    name="mattermost-replies",
    title="Mattermost, without a token",
    tell=teller(Chat("Mattermost", _form)),
    merges=True,
    draws=True,
    takes=SETTINGS,
    events=EVENTS,
    follows=True,
)
