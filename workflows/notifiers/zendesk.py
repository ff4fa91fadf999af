"""Zendesk: comments of a ticket, with the evidence attached, and its status.

Settings: ``user`` (an agent's e-mail address with an API token; none with a token of OAuth),
``public`` (``no``, only agents see it, or ``yes``), ``attach`` (``yes`` or ``no``),
``status_on_start``, ``…_approval``, ``…_success`` and ``…_failure``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from workflows.notifiers.notifier import Notifier
from workflows.notifiers.ticket_desk import Desk, Part, asks, teller, user_or_bearer
from workflows.notifiers.ticket_texts import html_text

TICKET = re.compile(r"(?:zen:ticket:)?(?P<id>[0-9]{1,20})")
LONGEST_COMMENT = 60_000


def _headers(secret: str, settings: Mapping[str, str]) -> Mapping[str, str]:
    user = settings.get("user")
    return user_or_bearer(secret, {"user": f"{user}/token"} if user else {})


def _parts(desk: Desk) -> Sequence[Part]:
    return [("note", lambda: _update(desk))]


def _update(desk: Desk) -> None:
    """Write the comment, and with it the evidence and the status: all are there, or nothing is."""
    ticket = f"/api/v2/tickets/{desk.ticket['id']}"
    if desk.has_note(f"{ticket}/comments.json?sort_order=desc"):
        return
    body = html_text(desk.note, LONGEST_COMMENT)
    comment: dict[str, Any] = {"html_body": body, "public": desk.setting("public") == "yes"}
    if desk.attachment:
        comment["uploads"] = _uploaded(desk)
    told: dict[str, Any] = {"comment": comment}
    if status := desk.wanted("status"):
        told["status"] = status
    desk.ask("comment", "PUT", f"{ticket}.json", {"ticket": told})


def _uploaded(desk: Desk) -> list[str]:
    path = f"/api/v2/uploads.json?filename={desk.file_name}"
    headers = {"Content-Type": "application/json"}
    what = "upload the evidence for"
    found = desk.ask(what, "POST", path, body=desk.attachment, headers=headers)
    token = (found.get("upload") or {}).get("token")
    return [token] if isinstance(token, str) else []


NOTIFIER = Notifier(
    "zendesk",
    "Zendesk",
    teller(TICKET, _headers, _parts, asks("/api/v2/users/me.json")),
    shows_evidence=True,
)
