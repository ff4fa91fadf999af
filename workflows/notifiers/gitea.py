"""Gitea and Forgejo: comments of an issue or a pull request, its state, and the evidence attached.

Settings: ``attach`` (``yes`` or ``no``), ``state_on_start``, ``…_approval``, ``…_success`` and
``…_failure`` (``open`` or ``closed``).
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from workflows.notifiers.notifier import Notifier
from workflows.notifiers.ticket_desk import Desk, Part, asks, multipart, teller
from workflows.notifiers.ticket_texts import markdown_text

NAME = r"\.?[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"
ISSUE = re.compile(rf"(?P<repository>{NAME}/{NAME})#(?P<number>[0-9]{{1,12}})")
LONGEST_COMMENT = 60_000


def _headers(secret: str, settings: Mapping[str, str]) -> Mapping[str, str]:
    del settings
    return {"Authorization": f"token {secret}"}


def _parts(desk: Desk) -> Sequence[Part]:
    issue = f"/api/v1/repos/{desk.ticket['repository']}/issues/{desk.ticket['number']}"
    parts: list[Part] = [("note", lambda: _comment(desk, f"{issue}/comments"))]
    if desk.attachment:
        parts.append(("evidence", lambda: _attach(desk, f"{issue}/assets")))
    if state := desk.wanted("state"):
        parts.append(("state", lambda: _move(desk, issue, state)))
    return parts


def _comment(desk: Desk, path: str) -> None:
    if not desk.has_note(f"{path}?since={quote(desk.note.since, safe='')}"):
        desk.ask("comment", "POST", path, {"body": markdown_text(desk.note, LONGEST_COMMENT)})


def _attach(desk: Desk, path: str) -> None:
    if desk.file_name.encode() in desk.answer("GET", path).body:
        return
    body, form = multipart("attachment", desk.file_name, desk.attachment)
    sent = f"{path}?name={desk.file_name}"
    desk.ask("attach the evidence to", "POST", sent, body=body, headers=form)


def _move(desk: Desk, issue: str, state: str) -> None:
    desk.ask("move", "PATCH", issue, {"state": state})


NOTIFIER = Notifier(
    "gitea",
    "Gitea or Forgejo",
    teller(ISSUE, _headers, _parts, asks("/api/v1/user")),
    shows_evidence=True,
)
