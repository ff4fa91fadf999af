"""Zammad: articles of a ticket, with the evidence attached, and its state.

Settings: ``internal`` (``yes``, only agents see it, or ``no``), ``attach`` (``yes`` or ``no``),
``state_on_start``, ``…_approval``, ``…_success`` and ``…_failure`` (a state's name).
"""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from workflows.notifiers.notifier import Notifier
from workflows.notifiers.ticket_desk import Desk, Part, asks, teller
from workflows.notifiers.ticket_texts import plain_text

TICKET = re.compile(r"[0-9]{1,20}")
LONGEST_ARTICLE = 100_000


def _headers(secret: str, settings: Mapping[str, str]) -> Mapping[str, str]:
    del settings
    return {"Authorization": f"Token token={secret}"}


def _parts(desk: Desk) -> Sequence[Part]:
    found: list[str] = []

    def ticket() -> str:
        if not found:
            found.append(_id(desk))
        return found[0]

    parts: list[Part] = [("note", lambda: _article(desk, ticket()))]
    if desk.wanted("state"):
        parts.append(("state", lambda: _move(desk, ticket())))
    return parts


def _id(desk: Desk) -> str:
    """Return the ticket's id: what people see, and what events tell first, is its number."""
    query = f"query=number:{desk.subject}&limit=10&expand=true"
    found = desk.ask("find", "GET", f"/api/v1/tickets/search?{query}")
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    ids = [str(row.get("id")) for row in rows if str(row.get("number")) == desk.subject]
    return ids[0] if ids and TICKET.fullmatch(ids[0]) else desk.subject


def _article(desk: Desk, ticket: str) -> None:
    if desk.has_note(f"/api/v1/ticket_articles/by_ticket/{ticket}"):
        return
    told: dict[str, Any] = {
        "ticket_id": int(ticket),
        "subject": f"Clusterwright: {desk.note.when}",
        "body": plain_text(desk.note, LONGEST_ARTICLE),
        "content_type": "text/plain",
        "type": "note",
        "internal": desk.setting("internal", "yes") != "no",
    }
    if desk.attachment:
        data = base64.b64encode(desk.attachment).decode()
        file = {"filename": desk.file_name, "data": data, "mime-type": "application/json"}
        told["attachments"] = [file]
    desk.ask("write into", "POST", "/api/v1/ticket_articles", told)


def _move(desk: Desk, ticket: str) -> None:
    desk.ask("move", "PUT", f"/api/v1/tickets/{ticket}", {"state": desk.wanted("state")})


NOTIFIER = Notifier(
    "zammad",
    "Zammad",
    teller(TICKET, _headers, _parts, asks("/api/v1/users/me")),
    shows_evidence=True,
)
