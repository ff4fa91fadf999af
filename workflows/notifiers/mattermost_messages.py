"""The message of a job in Mattermost's form; pure."""

from typing import Any

from workflows.chat.answers import Way
from workflows.chat.job_message import JobMessage, fitted
from workflows.chat.plain import fenced, for_markdown
from workflows.hooks.sources.mattermost import button_form

ROOM = 3900
"""Signs of a message: 4000 on servers that have not been told to take more."""


def form(message: JobMessage, way: Way | None) -> dict[str, Any]:
    """Return a message in Mattermost's form; an empty list takes former buttons away."""
    title = f"**{for_markdown(message.title)}**"
    room = ROOM - len(title) - len(message.link) - len(fenced("")) - 3
    text, drawing = fitted(message, room, for_markdown)
    parts = [title, text, drawing and fenced(drawing), message.link]
    can_press = way is not None and way.url and way.secret
    buttons = [button_form(one, way) for one in message.buttons] if way and can_press else []
    attachments = [{"actions": buttons}] if buttons else []
    return {"message": "\n".join(filter(None, parts)), "props": {"attachments": attachments}}
