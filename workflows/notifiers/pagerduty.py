"""PagerDuty: notes of an incident, and its status.

The address is that of the API (``https://api.pagerduty.com``). Settings: ``user`` (the e-mail
address of who writes, which PagerDuty asks for), ``status_on_start``, ``…_approval``, ``…_success``
and ``…_failure`` (``acknowledged`` or ``resolved``).
"""

import re
from collections.abc import Mapping, Sequence

from workflows.notifiers.notifier import Notifier
from workflows.notifiers.ticket_desk import Desk, Part, asks, teller
from workflows.notifiers.ticket_texts import plain_text

INCIDENT = re.compile(r"[A-Z0-9]{6,40}")
LONGEST_NOTE = 20_000


def _headers(secret: str, settings: Mapping[str, str]) -> Mapping[str, str]:
    told = {"Authorization": f"Token token={secret}"}
    return told | {"From": settings["user"]} if settings.get("user") else told


def _parts(desk: Desk) -> Sequence[Part]:
    incident = f"/incidents/{desk.subject}"
    parts: list[Part] = [("note", lambda: _note(desk, f"{incident}/notes"))]
    if status := desk.wanted("status"):
        parts.append(("state", lambda: _move(desk, incident, status)))
    return parts


def _note(desk: Desk, path: str) -> None:
    if not desk.has_note(path):
        content = plain_text(desk.note, LONGEST_NOTE)
        desk.ask("note", "POST", path, {"note": {"content": content}})


def _move(desk: Desk, incident: str, status: str) -> None:
    told = {"incident": {"type": "incident_reference", "status": status}}
    desk.ask("move", "PUT", incident, told)


NOTIFIER = Notifier(
    "pagerduty",
    "PagerDuty",
    teller(INCIDENT, _headers, _parts, asks("/abilities")),
    shows_evidence=True,
)
