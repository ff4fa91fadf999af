"""GitLab: notes of an issue or a merge request, the evidence folded in, and its state.

Settings: ``internal`` (``yes``, only members see it, or ``no``), ``state_on_start``,
``…_approval``, ``…_success`` and ``…_failure`` (``close`` or ``reopen``).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from workflows.notifiers.notifier import Notifier
from workflows.notifiers.ticket_desk import Desk, Part, asks, teller
from workflows.notifiers.ticket_texts import markdown_text

NAME = r"\.?[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}"
THING = re.compile(
    rf"(?P<project>{NAME}(?:/{NAME}){{1,20}})(?P<sign>[#!])(?P<number>[0-9]{{1,12}})"
)
KINDS = {"#": "issues", "!": "merge_requests"}
LONGEST_NOTE = 200_000


def _headers(secret: str, settings: Mapping[str, str]) -> Mapping[str, str]:
    del settings
    return {"PRIVATE-TOKEN": secret}


def _parts(desk: Desk) -> Sequence[Part]:
    project = f"/api/v4/projects/{quote(desk.ticket['project'], safe='')}"
    thing = f"{project}/{KINDS[desk.ticket['sign']]}/{desk.ticket['number']}"
    parts: list[Part] = [("note", lambda: _note(desk, f"{thing}/notes"))]
    if state := desk.wanted("state"):
        parts.append(("state", lambda: _move(desk, thing, state)))
    return parts


def _note(desk: Desk, path: str) -> None:
    if desk.has_note(f"{path}?sort=desc&order_by=created_at&per_page=100"):
        return
    told: dict[str, Any] = {"body": markdown_text(desk.note, LONGEST_NOTE)}
    if desk.setting("internal") == "yes":
        told["internal"] = True
    desk.ask("note", "POST", path, told)


def _move(desk: Desk, thing: str, state: str) -> None:
    desk.ask("move", "PUT", thing, {"state_event": state})


NOTIFIER = Notifier(
    "gitlab", "GitLab", teller(THING, _headers, _parts, asks("/api/v4/user")), shows_evidence=True
)
