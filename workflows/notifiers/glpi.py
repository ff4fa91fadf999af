"""GLPI: follow-ups of a ticket by its REST API, and the ticket's status.

The address is that of the API (``https://…/apirest.php``), and the secret a user's token, with the
token of the application behind a blank where GLPI asks for one. Settings: ``itemtype`` (``Ticket``,
``Change`` or ``Problem``), ``private`` (``yes`` or ``no``), ``status_on_start``, ``…_approval``,
``…_success`` and ``…_failure`` (GLPI's number of a status, such as ``5`` for solved).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workflows.notifiers.notifier import Notifier
from workflows.notifiers.ticket_desk import Desk, Part, no_such, teller
from workflows.notifiers.ticket_texts import html_text

TICKET = re.compile(r"[0-9]{1,12}")
LONGEST_FOLLOWUP = 60_000
ITEM_TYPES = ("Ticket", "Change", "Problem")
Session = Mapping[str, str]


def _headers(secret: str, settings: Mapping[str, str]) -> Mapping[str, str]:
    del settings
    user, _, application = secret.partition(" ")
    told = {"Authorization": f"user_token {user}"}
    return told | {"App-Token": application.strip()} if application else told


def _parts(desk: Desk) -> Sequence[Part]:
    parts: list[Part] = [("note", lambda: _within(desk, _follow_up))]
    if desk.wanted("status"):
        parts.append(("state", lambda: _within(desk, _move)))
    return parts


def _within(desk: Desk, act: Callable[[Desk, Session], None]) -> None:
    """Do something within a session of its own, which GLPI keeps until it is ended."""
    found = desk.ask("open a session for", "GET", "/initSession")
    token = found.get("session_token") if isinstance(found, dict) else None
    if not isinstance(token, str) or not re.fullmatch(r"[\w.-]{1,200}", token, re.ASCII):
        raise no_such(
            f"cannot open a session for {desk.subject}: the answer names none",
            "enter the address of GLPI's REST API, which ends with apirest.php",
        )
    session = {"Session-Token": token}
    try:
        act(desk, session)
    finally:
        desk.answer("GET", "/killSession", headers=session)


def _hello(desk: Desk) -> None:
    _within(desk, lambda *_: None)


def _itemtype(desk: Desk) -> str:
    wanted = desk.setting("itemtype")
    return wanted if wanted in ITEM_TYPES else ITEM_TYPES[0]


def _follow_up(desk: Desk, session: Session) -> None:
    item = f"/{_itemtype(desk)}/{desk.subject}"
    there = desk.answer("GET", f"{item}/ITILFollowup?range=0-49&order=DESC", headers=session)
    if desk.note.marker.encode() in there.body:
        return
    told: dict[str, Any] = {
        "itemtype": _itemtype(desk),
        "items_id": int(desk.subject),
        "is_private": int(desk.setting("private", "yes") != "no"),
        "content": html_text(desk.note, LONGEST_FOLLOWUP),
    }
    desk.ask("follow up", "POST", "/ITILFollowup", {"input": told}, headers=session)


def _move(desk: Desk, session: Session) -> None:
    status = desk.wanted("status")
    told = {"input": {"status": int(status) if status.isdecimal() else status}}
    desk.ask("move", "PUT", f"/{_itemtype(desk)}/{desk.subject}", told, headers=session)


NOTIFIER = Notifier("glpi", "GLPI", teller(TICKET, _headers, _parts, _hello), shows_evidence=True)
