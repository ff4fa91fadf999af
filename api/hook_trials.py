"""Try a hook: what an event would lead to, rule by rule; nothing happens."""

from datetime import UTC, datetime
from typing import Any

from flask import Response

from api.backend import backend
from api.chat.trial import tried
from api.description.hook_answers import HookTrialSchema
from api.hook_secrets import sender_of
from api.hooks import as_received
from api.http.blueprint import Blueprint
from api.http.documents import document
from api.http.problems import Problem
from api.verdicts import change_body, row_bodies
from workflows.access import Forbidden, Permission
from workflows.hooks.gate import beyond_source, principal_of
from workflows.hooks.received import Event, Unreadable
from workflows.hooks.rules.rule_set import RuleSet, Sender
from workflows.hooks.rules.verdicts import decide
from workflows.hooks.sources import SOURCES
from workflows.plan import Change
from workflows.submit import permit_change, plan_change

BODY = "What the sender would send, with its headers; a signature is not asked for"

bp = Blueprint("hook_trials", __name__, url_prefix="/v1", description="Events on trial")


@bp.post("/hooks/<source>/test", needs=Permission.PLAN, changes=False)
@bp.response(200, HookTrialSchema, description="Each event, and what every rule says to it")
@bp.doc(requestBody={"description": BODY, "content": {"*/*": {"schema": {}}}})
def try_hook(source: str) -> Response:
    """Say what an event would lead to and why, rule by rule; nothing happens.

    A change that a rule asks for is planned, so that what would keep it from being made is told.
    """
    rules = backend().rules.load().rules
    sender = sender_of(rules, source)
    try:
        events = SOURCES[sender.kind].translate(as_received())
    except Unreadable as error:
        raise Problem("unreadable-event", str(error)) from None
    return document({"events": [_tried(rules, sender, event) for event in events]})


def _tried(rules: RuleSet, sender: Sender, event: Event) -> dict[str, Any]:
    now = datetime.now(UTC)
    verdict = decide(rules, sender.name, event, now)
    wish, chat, change = verdict.wish, None, None
    if wish is None:
        chat, change = tried(sender, event, now.timestamp())
    found = {
        "type": event.type,
        "subject": event.subject,
        "because": chat["because"] if chat else verdict.because,
        "rules": row_bodies(verdict),
        "chat": chat,
        **NOTHING,
    }
    if wish:
        return found | _planned(sender, wish.change) | {"cool_down": wish.cool_down}
    return found | _planned(None, change) if change else found


NOTHING: dict[str, Any] = {"change": None, "allowed": False, "findings": [], "cool_down": 0}


def _planned(sender: Sender | None, change: Change) -> dict[str, Any]:
    """Return the change that is asked for, what planning it finds, and whether it may be made.

    A ``sender`` is who asks by a rule; whoever asks in a chat has been asked what they may before.
    """
    plan = plan_change(backend().ledger, backend().inventory, change)
    found = {
        "change": change_body(change),
        "allowed": not plan.refusals(change.accept),
        "findings": [finding.as_dict() for finding in plan.findings],
    }
    if sender:
        try:
            permit_change(backend().inventory, principal_of(sender), change, plan)
        except Forbidden as error:
            found |= {"allowed": False, "because": beyond_source(sender, change, error)}
    return found
