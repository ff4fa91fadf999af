"""Slack, without a bot's token: few posts to the ``response_url`` of a command or a press."""

from collections.abc import Mapping
from typing import Any

from workflows.chat.answers import Way
from workflows.chat.job_message import JobMessage
from workflows.notifiers.few_posts import SETTINGS, Chat, teller
from workflows.notifiers.job_in_chat import EVENTS
from workflows.notifiers.notifier import Notifier
from workflows.notifiers.slack_messages import form


def _form(message: JobMessage, way: Way | None) -> Mapping[str, Any]:
    del way  # what is pressed comes to the address that Slack was told
    return form(message)


NOTIFIER = Notifier(
    name="slack-replies",
    title="Slack, without a token",
    tell=teller(Chat("Slack", _form)),
    merges=True,
    draws=True,
    takes=SETTINGS,
    events=EVENTS,
    follows=True,
)
