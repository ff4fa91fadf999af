"""The message of a job in Slack's form; pure."""

from collections.abc import Iterator
from typing import Any

from workflows.chat.job_message import JobMessage, fitted
from workflows.chat.plain import fenced, for_slack
from workflows.hooks.sources.slack import button_form

ROOM = 2900
"""Signs of a section are 3000 at most."""


def form(message: JobMessage) -> dict[str, Any]:
    """Return a message in Slack's form; its text is what a notification shows."""
    return {"text": for_slack(message.title), "blocks": list(_blocks(message))}


def _blocks(message: JobMessage) -> Iterator[dict[str, Any]]:
    title = f"*{for_slack(message.title)}*\n"
    text, drawing = fitted(message, ROOM - len(title), for_slack)
    yield _section(title + text)
    shown = fenced(for_slack("\n".join(message.drawing)))
    # The drawing has a section of its own, with as much room again.
    if message.drawing and (drawing or len(shown) <= ROOM):
        yield _section(shown)
    if message.link:
        yield _section(for_slack(message.link))
    if message.buttons:
        yield {"type": "actions", "elements": [button_form(one) for one in message.buttons]}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}
