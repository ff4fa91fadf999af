"""ServiceNow: work notes of a record, its state, and the evidence as an attachment.

Settings: ``user`` (with a password; none with a token of OAuth), ``table`` (else what the number's
first letters say), ``attach`` (``yes`` or ``no``), ``state_on_start``, ``…_approval``,
``…_success`` and ``…_failure`` (the value that the table has for a state).
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

from workflows.notifiers.notifier import Notifier
from workflows.notifiers.ticket_desk import Desk, Part, asks, no_such, teller, user_or_bearer
from workflows.notifiers.ticket_texts import plain_text

RECORD = re.compile(r"(?P<id>[0-9a-f]{32})|(?P<letters>[A-Z]{2,10})[0-9]{3,20}")
SYS_ID = re.compile(r"[0-9a-f]{32}")
TABLES = {
    "CHG": "change_request",
    "CTASK": "change_task",
    "INC": "incident",
    "PRB": "problem",
    "REQ": "sc_request",
    "RITM": "sc_req_item",
    "SCTASK": "sc_task",
}
LONGEST_NOTE = 60_000


def _parts(desk: Desk) -> Sequence[Part]:
    found: list[str] = []

    def record() -> str:
        if not found:
            found.append(_sys_id(desk))
        return found[0]

    parts: list[Part] = [("note", lambda: _note(desk, record()))]
    if desk.attachment:
        parts.append(("evidence", lambda: _attach(desk, record())))
    return parts


def _table(desk: Desk) -> str:
    default = TABLES.get(desk.ticket["letters"] or "", "change_request")
    return quote(desk.setting("table", default), safe="")


def _sys_id(desk: Desk) -> str:
    if desk.ticket["id"]:
        return desk.ticket["id"]
    query = f"sysparm_query=number%3D{desk.subject}&sysparm_fields=sys_id&sysparm_limit=1"
    found = desk.ask("find", "GET", f"/api/now/table/{_table(desk)}?{query}")
    rows = found.get("result") if isinstance(found, dict) else None
    sys_id = str(rows[0].get("sys_id")) if isinstance(rows, list) and rows else ""
    if not SYS_ID.fullmatch(sys_id):
        raise no_such(
            f"cannot find {desk.subject} in table {_table(desk)}",
            "name the table that it is in by the setting table, or let its user read that",
        )
    return sys_id


def _note(desk: Desk, record: str) -> None:
    """Write the note, and the state with it: either both are there, or neither is."""
    query = f"element_id={record}^element=work_notes^ORDERBYDESCsys_created_on"
    fields = "sysparm_fields=value&sysparm_limit=50"
    if desk.has_note(f"/api/now/table/sys_journal_field?sysparm_query={quote(query)}&{fields}"):
        return
    told = {"work_notes": plain_text(desk.note, LONGEST_NOTE)}
    if state := desk.wanted("state"):
        told["state"] = state
    desk.ask("note", "PATCH", f"/api/now/table/{_table(desk)}/{record}", told)


def _attach(desk: Desk, record: str) -> None:
    query = quote(f"table_sys_id={record}^file_name={desk.file_name}")
    there = desk.answer("GET", f"/api/now/attachment?sysparm_query={query}&sysparm_limit=1")
    if desk.file_name.encode() in there.body:
        return
    place = f"table_name={_table(desk)}&table_sys_id={record}&file_name={desk.file_name}"
    headers = {"Content-Type": "application/json"}
    path = f"/api/now/attachment/file?{place}"
    desk.ask("attach the evidence to", "POST", path, body=desk.attachment, headers=headers)


NOTIFIER = Notifier(
    "servicenow",
    "ServiceNow",
    teller(
        RECORD,
        user_or_bearer,
        _parts,
        asks("/api/now/table/sys_user?sysparm_limit=1&sysparm_fields=sys_id"),
    ),
    shows_evidence=True,
)
