"""The rule file: show it, replace it, and say what it would make of an event."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, request

from api.access.acts import note, note_nothing
from api.access.principal import principal
from api.backend import backend
from api.chat.trial import tried
from api.description.rule_documents import (
    ExplainRulesSchema,
    PutRulesSchema,
    RulesSchema,
    VerdictSchema,
)
from api.http.blueprint import Blueprint
from api.http.documents import ETAG, conditional, document, tag_of_text
from api.http.preconditions import condition
from api.http.problems import Problem
from api.verdicts import change_body, row_bodies
from workflows.access import Permission
from workflows.hooks.as_sent import events_of
from workflows.hooks.received import Event, Unreadable
from workflows.hooks.rules.rule_file import read_rules
from workflows.hooks.rules.rule_set import RuleSet
from workflows.hooks.rules.store import Stored
from workflows.hooks.rules.verdicts import Verdict, decide
from workflows.hooks.sources import SOURCES
from workflows.moments import rfc3339

EXAMPLE = """\
sources:
  tickets:
    kind: jira
    clusters: "test-*"
    environments: [dev]
    kinds: [add-nodes]
rules:
  - name: scale-out
    source: tickets
    match: "issue.fields.status.name == 'Approved'"
    change:
      kind: add-nodes
      cluster: {get: issue.fields.customfield_10010}
      params: {workers: {words: issue.fields.customfield_10011}}
"""
TICKET = {
    "type": "jira:issue_updated",
    "data": {
        "issue": {
            "key": "OPS-7",
            "fields": {
                "status": {"name": "Approved"},
                "customfield_10010": "test-a",
                "customfield_10011": "n4, n5",
            },
        }
    },
}
CONDITIONS = [
    condition("If-Match", "The `ETag` of the rules that are to be replaced; others are 412")
]

NO_EVENT = Verdict(None, (), "ignored, because the document tells of no event")

bp = Blueprint(
    "rules", __name__, url_prefix="/v1", description="Who may send events, and what they lead to"
)


def _etag_of(stored: Stored) -> str:
    named = f"{stored.revision}\n{stored.at}\n{stored.text}"
    return tag_of_text(named)


def _body(stored: Stored, *, is_stored: bool = True) -> dict[str, Any]:
    return {
        "revision": stored.revision,
        "text": stored.text,
        "by": stored.by,
        "at": rfc3339(stored.at),
        "stored": is_stored,
        **stored.rules.as_dict(),
        "faults": [fault.as_dict() for fault in stored.faults],
    }


def _answer(stored: Stored) -> Response:
    """Return the rules with the entity tag that a later write may name."""
    response = document(_body(stored))
    response.set_etag(_etag_of(stored))
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/rules", needs=Permission.ADMIN)
@bp.response(200, RulesSchema, headers=ETAG, description="The rules; empty while there are none")
@bp.alt_response(304, description="The rules are as the ETag says")
def show_rules() -> Response:
    """Show the rule file, as it was written and as it is understood."""
    return conditional(_answer(backend().rules.load()))


@bp.put("/rules", needs=Permission.ADMIN)
@bp.arguments(PutRulesSchema, example={"text": EXAMPLE})
@bp.response(200, RulesSchema, headers=ETAG, description="The rules are in force, or could be")
@bp.alt_response(412, description="They are not in the state that `If-Match` names")
@bp.doc(parameters=CONDITIONS)
def put_rules(values: dict[str, Any]) -> Response:
    """Replace the rule file as a whole; one with any fault is refused, and the former one stays.

    Every fault is told, each with its line and column (`invalid-rules`). With `dry_run` nothing is
    stored. A file without sources lets nobody send events.
    """
    store, text = backend().rules, values["text"]
    expected = _expected_revision()
    if values["dry_run"]:
        note_nothing()
        tried = Stored(text=text, rules=read_rules(text, store.known))
        return document(_body(tried, is_stored=False))
    before = store.load()
    stored = store.replace(text, expected, principal().id)
    note(object="rules", before=_told(before), after=_told(stored))
    return _answer(stored)


def _told(stored: Stored) -> dict[str, Any]:
    """Return what the audit log tells of the rules: a file may be long."""
    names = sorted(stored.rules.senders)
    return {"revision": stored.revision, "senders": names, "etag": _etag_of(stored)}


def _expected_revision() -> int | None:
    """Return the revision that the request is meant for, or nothing if it names none."""
    if "If-Match" not in request.headers:
        return None
    stored = backend().rules.load()
    named = request.if_match
    if named.star_tag and stored.revision:
        return None
    if not named.contains(_etag_of(stored)):
        raise Problem(
            "rules-moved",
            f"cannot replace the rules: they are at revision {stored.revision} by now, and not as "
            "they were when they were read",
            {"revision": stored.revision, "etag": f'"{_etag_of(stored)}"'},
        )
    return stored.revision


@bp.post("/rules/explain", needs=Permission.ADMIN, changes=False)
@bp.arguments(ExplainRulesSchema, example={"source": "tickets", "event": TICKET})
@bp.response(200, VerdictSchema, description="What would happen, rule by rule")
def explain_rules(values: dict[str, Any]) -> Response:
    """Say what an event would lead to, and why, rule by rule; nothing happens.

    An event without a type is taken for what the source sends: a document may tell of several.
    With `text` another rule file is tried, and not stored.
    """
    revision, rules = _rules_for(values.get("text"))
    at = values.get("at") or datetime.now(UTC)
    sender = rules.senders.get(values["source"])
    event = Event(**values["event"])
    try:
        events = events_of(SOURCES[sender.kind], event) if sender else (event,)
    except Unreadable as error:
        raise Problem("unreadable-event", f"{error}; or tell the type of the event") from None
    verdicts = [(one, decide(rules, values["source"], one, at)) for one in events]
    verdicts = verdicts or [(event, NO_EVENT)]
    told = next((place for place, (_, one) in enumerate(verdicts) if one.wish), 0)
    event, verdict = verdicts.pop(told)
    chat, change = None, None
    if sender and verdict.wish is None:
        chat, change = tried(sender, event, at.timestamp())
    body = _verdict_body(event, verdict, revision) | {"chat": chat}
    body["others"] = [_other_body(*one) for one in verdicts]
    if chat:
        body |= {"because": chat["because"], "change": change_body(change) if change else None}
    return document(body)


def _rules_for(text: str | None) -> tuple[int | None, RuleSet]:
    """Return the rules that are tried, with their revision where they are those in force."""
    store = backend().rules
    if text is not None:
        return None, read_rules(text, store.known)
    stored = store.load()
    return stored.revision, stored.rules


def _other_body(event: Event, verdict: Verdict) -> dict[str, Any]:
    return {
        "type": event.type,
        "subject": event.subject,
        "because": verdict.because,
        "rule": verdict.wish.rule if verdict.wish else None,
    }


def _verdict_body(event: Event, verdict: Verdict, revision: int | None) -> dict[str, Any]:
    wish = verdict.wish
    return {
        "type": event.type,
        "subject": event.subject,
        "because": verdict.because,
        "rule": wish.rule if wish else None,
        "change": change_body(wish.change) if wish else None,
        "cool_down": wish.cool_down if wish else 0,
        "revision": revision,
        "rows": row_bodies(verdict),
    }
