"""GitHub: comments of an issue or a pull request, the evidence folded in, and the issue's state.

The address is that of the API (``https://api.github.com``, or ``https://…/api/v3``). Settings:
``state_on_start``, ``…_approval``, ``…_success`` and ``…_failure`` (``open`` or ``closed``).
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from workflows.notifiers.notifier import Notifier
from workflows.notifiers.ticket_desk import Desk, Part, asks, teller
from workflows.notifiers.ticket_texts import markdown_text

NAME = r"\.?[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"
ISSUE = re.compile(rf"(?P<repository>{NAME}/{NAME})#(?P<number>[0-9]{{1,12}})")
LONGEST_COMMENT = 60_000
VERSION = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


def _headers(secret: str, settings: Mapping[str, str]) -> Mapping[str, str]:
    del settings
    return {"Authorization": f"Bearer {secret}", **VERSION}


def _parts(desk: Desk) -> Sequence[Part]:
    issue = f"/repos/{desk.ticket['repository']}/issues/{desk.ticket['number']}"
    parts: list[Part] = [("note", lambda: _comment(desk, f"{issue}/comments"))]
    if state := desk.wanted("state"):
        parts.append(("state", lambda: _move(desk, issue, state)))
    return parts


def _comment(desk: Desk, path: str) -> None:
    if not desk.has_note(f"{path}?per_page=100&since={quote(desk.note.since, safe='')}"):
        desk.ask("comment", "POST", path, {"body": markdown_text(desk.note, LONGEST_COMMENT)})


def _move(desk: Desk, issue: str, state: str) -> None:
    desk.ask("move", "PATCH", issue, {"state": state})


NOTIFIER = Notifier(
    "github", "GitHub", teller(ISSUE, _headers, _parts, asks("/user")), shows_evidence=True
)
