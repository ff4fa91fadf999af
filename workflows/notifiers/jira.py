"""Jira: comments of an issue, its transitions, and the evidence as an attachment.

Settings: ``user`` (an e-mail address with an API token; none with a personal access token), ``api``
(``2``, plain text, or ``3``, documents of Atlassian's own form), ``attach`` (``yes`` or ``no``),
``transition_on_start``, ``…_approval``, ``…_success`` and ``…_failure`` (a transition's or a
status's name).
"""

import re
from collections.abc import Sequence
from typing import Any

from cluster.printable import short
from workflows.notifiers.notifier import Notifier
from workflows.notifiers.ticket_desk import (
    Desk,
    Part,
    asks,
    multipart,
    no_such,
    teller,
    user_or_bearer,
)
from workflows.notifiers.ticket_texts import evidence_lines, plain_lines

ISSUE = re.compile(r"[A-Z][A-Z0-9_]{0,40}-[0-9]{1,12}")
LONGEST_COMMENT = 30_000
NO_CHECK = {"X-Atlassian-Token": "no-check"}
"""Without it Jira takes an attachment for a forged form of a browser."""


def _parts(desk: Desk) -> Sequence[Part]:
    parts: list[Part] = [("note", lambda: _comment(desk))]
    if desk.attachment:
        parts.append(("evidence", lambda: _attach(desk)))
    if desk.wanted("transition"):
        parts.append(("state", lambda: _move(desk, desk.wanted("transition"))))
    return parts


def _comment(desk: Desk) -> None:
    api = "3" if desk.setting("api") == "3" else "2"
    path = f"/rest/api/{api}/issue/{desk.subject}/comment"
    if not desk.has_note(f"{path}?orderBy=-created&maxResults=50"):
        body: Any = _document(desk) if api == "3" else _text(desk)
        desk.ask("comment", "POST", path, {"body": body})


def _text(desk: Desk) -> str:
    """Return a comment of version 2, where Jira reads its own markup in all that is not fenced."""
    *lines, where = plain_lines(desk.note)
    evidence = evidence_lines(desk.note, LONGEST_COMMENT)
    told = [*_block(lines), where, desk.note.marker, *(_block(evidence) if evidence else ())]
    return "\n".join(told)


def _block(lines: Sequence[str]) -> list[str]:
    return ["{noformat}", *map(_fenced, lines), "{noformat}"]


def _fenced(line: str) -> str:
    return line.replace("{noformat", "{ noformat")


def _document(desk: Desk) -> dict[str, Any]:
    """Return a comment of version 3, where text is text, whatever it holds."""
    *lines, where = plain_lines(desk.note)
    told = [*map(_paragraph, lines), _paragraph(where, desk.note.page)]
    content = [*told, _paragraph(desk.note.marker)]
    evidence = evidence_lines(desk.note, LONGEST_COMMENT)
    if evidence:
        block = {"type": "text", "text": "\n".join(evidence)}
        content.append({"type": "codeBlock", "content": [block]})
    return {"version": 1, "type": "doc", "content": content}


def _paragraph(line: str, link: str = "") -> dict[str, Any]:
    text: dict[str, Any] = {"type": "text", "text": line or " "}
    if link:
        text["marks"] = [{"type": "link", "attrs": {"href": link}}]
    return {"type": "paragraph", "content": [text]}


def _attach(desk: Desk) -> None:
    issue = f"/rest/api/2/issue/{desk.subject}"
    there = desk.answer("GET", f"{issue}?fields=attachment")
    if desk.file_name.encode() in there.body:
        return
    body, form = multipart("file", desk.file_name, desk.attachment)
    path = f"{issue}/attachments"
    desk.ask("attach the evidence to", "POST", path, body=body, headers=form | NO_CHECK)


def _move(desk: Desk, wanted: str) -> None:
    path = f"/rest/api/2/issue/{desk.subject}/transitions"
    found = desk.ask("read the transitions of", "GET", path)
    offered = [row for row in found.get("transitions") or () if isinstance(row, dict)]
    for row in offered:
        names = {str(row.get("id")), row.get("name"), (row.get("to") or {}).get("name")}
        if wanted.casefold() in {str(name).casefold() for name in names}:
            desk.ask("move", "POST", path, {"transition": {"id": str(row.get("id"))}})
            return
    status = desk.ask("read", "GET", f"/rest/api/2/issue/{desk.subject}?fields=status")
    now = str((((status.get("fields") or {}).get("status")) or {}).get("name"))
    if now.casefold() != wanted.casefold():
        can = ", ".join(short(str(row.get("name")), 50) for row in offered[:20]) or "nothing"
        raise no_such(
            f"cannot move {desk.subject} to {wanted}: it is {short(now, 50)}, and may go to {can}",
            f"name one of these in the setting transition_on_{desk.note.when}",
        )


NOTIFIER = Notifier(
    "jira",
    "Jira",
    teller(ISSUE, user_or_bearer, _parts, asks("/rest/api/2/myself")),
    shows_evidence=True,
)
