"""Hooks: events that others tell of, each of which leads to the job that a rule asks for."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import time as now
from typing import Any

from flask import Response, current_app, g, request, url_for

from api.access.needs import OPEN
from api.backend import backend
from api.chat.asker import Asker
from api.chat.conversation import conversation
from api.chat.following import follow
from api.chat.trial import heard
from api.description.hook_answers import HookAnswerSchema
from api.hook_secrets import sender_of
from api.http.blueprint import Blueprint
from api.http.documents import document
from api.http.limits import count_event, count_unknown
from api.http.problems import Problem
from workflows.chat.answers import Asked, Said, Way
from workflows.hooks.counts import count
from workflows.hooks.gate import Gate, Outcome, delivery_key
from workflows.hooks.received import Event, Received, Reply, Unreadable, Unsigned
from workflows.hooks.rules.rule_set import RuleSet, Sender
from workflows.hooks.rules.verdicts import decide
from workflows.hooks.secrets import secrets_of
from workflows.hooks.signing.delivery_ids import pair_id
from workflows.hooks.sources import SOURCES

logger = logging.getLogger(__name__)
UNKNOWN = "unknown"
"""The sender in counts of requests whose address names none: the address may be anything."""
LOCATION = {"Location": {"description": "The first job", "schema": {"type": "string"}}}
SIGNED = "What the sender sends, signed as it signs; `docs/integrations` tells how each is set up."

bp = Blueprint("hooks", __name__, url_prefix="/v1", description="Events that others tell of")


@bp.post("/hooks/<source>", needs=OPEN, provide_automatic_options=False)
@bp.response(
    202, HookAnswerSchema, headers=LOCATION, description="Each event, and the job that it led to"
)
@bp.alt_response(
    200, schema=HookAnswerSchema, description="No event led to a job; each says why not"
)
@bp.doc(requestBody={"description": SIGNED, "content": {"*/*": {"schema": {}}}})
def receive(source: str) -> Response:
    """Take an event; the same one leads to the same job, however often it is sent.

    `source` is a sender's name in the rule file. Its signature stands for a token.
    """
    rules = backend().rules.load().rules
    sender = _sender(rules, source)
    kind = SOURCES[sender.kind]
    received, secrets = as_received(), _secrets(sender)
    try:
        if greeting := kind.greet(received, secrets):
            return _reply(greeting)
        kind.verify(received, secrets)
        count_event(sender.name)
        events = kind.translate(received)
    except Unsigned as error:
        raise _unsigned(sender.name, error) from None
    except Unreadable as error:
        _count(sender.name, "unreadable")
        logger.warning("event of %s: not read: %s", sender.name, error)
        raise Problem("unreadable-event", str(error)) from None
    if asked := _in_chat(rules, sender, events, received):
        said = conversation(_asker(sender, kind.key(received, events[0]), asked, received), asked)
        follow(sender, events[0], said, received.at)
        _count(sender.name, "chat")
        logger.info("message of %s: %s was answered", sender.name, asked.identity)
        return _said(sender, said, secrets)
    gate = Gate(backend().ledger, backend().inventory, rules)
    outcomes = gate.take(sender, kind, received, events, trace_id=g.trace_id)
    _tell_of(sender.name, outcomes)
    if kind.answer:
        told = Said("\n".join(map(_told, outcomes)))
        for one in outcomes:
            follow(sender, one.event, replace(told, job=one.job), received.at)
        return _said(sender, told, secrets)
    return _answer(outcomes)


@bp.get("/hooks/<source>", needs=OPEN, provide_automatic_options=False)
@bp.response(200, description="The answer to a challenge, in the sender's own form")
@bp.alt_response(405, description="Senders of this kind ask nothing, and send by POST")
def greet(source: str) -> Response:
    """Answer a sender that asks whether its hook is there, and who answers."""
    sender = _sender(backend().rules.load().rules, source)
    try:
        greeting = SOURCES[sender.kind].greet(as_received(), _secrets(sender))
    except Unsigned as error:
        raise _unsigned(sender.name, error) from None
    if greeting is None:
        raise Problem(
            "method-not-allowed",
            f"cannot answer: {sender.name} sends its events by POST",
            headers={"Allow": "POST"},
        )
    return _reply(greeting)


def _sender(rules: RuleSet, name: str) -> Sender:
    """Return a sender of the rule file; an address that names none is counted."""
    try:
        return sender_of(rules, name)
    except Problem:
        _count(UNKNOWN, "unknown")
        count_unknown()
        raise


def as_received() -> Received:
    """Return the request as it came in, with nothing of it believed."""
    # Of a header that is sent twice, neither is believed: joined, it fits nothing.
    sent = {name.lower() for name, _ in request.headers}
    headers = {name: ",".join(request.headers.getlist(name)) for name in sent}
    return Received(headers, request.get_data(), now(), request.args.to_dict())


def _secrets(sender: Sender) -> Sequence[bytes]:
    found = secrets_of(backend().settings.data_dir, sender.name)
    if not found:
        logger.warning(
            "cannot verify events of %s: it has no secret; clusterwright hooks add-secret %s",
            sender.name,
            sender.name,
        )
    return found


def _unsigned(name: str, error: Unsigned) -> Problem:
    """Return the answer for who may be anybody; the log has what is wrong."""
    _count(name, "unsigned")
    count_unknown()
    logger.warning("event of %s: not believed: %s", name, error)
    return Problem(
        "unsigned-event",
        "cannot take the event: its signature, or its secret, is missing, wrong or too old",
    )


def _tell_of(sender: str, outcomes: Sequence[Outcome]) -> None:
    """Count the events, and log those that came to the same in one line: a storm has thousands."""
    for word, number in Counter(outcome.word for outcome in outcomes).items():
        _count(sender, word, number)
    alike = Counter((outcome.because, outcome.job) for outcome in outcomes)
    for (because, job), number in alike.items():
        what = "event" if number == 1 else f"{number} events"
        logger.info("%s of %s: %s", what, sender, because, extra={"job": job})


def _count(sender: str, outcome: str, number: int = 1) -> None:
    count(backend().redis, sender, outcome, number)


def _in_chat(
    rules: RuleSet, sender: Sender, events: Sequence[Event], received: Received
) -> Asked | None:
    """Return what somebody has typed or pressed, where no rule is for that."""
    asked = heard(sender, events[0]) if len(events) == 1 else None
    if asked is None:
        return None
    moment = datetime.fromtimestamp(received.at, UTC)
    return None if decide(rules, sender.name, events[0], moment).wish else asked


def _asker(sender: Sender, key: str, asked: Asked, received: Received) -> Asker:
    # Two people may press the same button, each with an answer of their own.
    whole = pair_id(key, f"{asked.identity} {asked.delivery}")
    key_of_chat = delivery_key(sender, whole)
    return Asker(sender, asked.identity, received.at, key_of_chat, g.trace_id, asked.channel)


def _said(sender: Sender, said: Said, secrets: Sequence[bytes]) -> Response:
    """Return an answer in the chat's own form."""
    answer = SOURCES[sender.kind].answer
    hook = url_for("hooks.receive", source=sender.name, _external=True)
    return _reply(answer(said, Way(hook, secrets[0])) if answer else Reply(said.text))


def _answer(outcomes: Sequence[Outcome]) -> Response:
    rows = list(map(_row, outcomes))
    jobs = [row["links"]["job"] for row in rows if row["job"]]
    response = document({"events": rows}, status=202 if jobs else 200)
    if jobs:
        response.headers["Location"] = jobs[0]
    return response


def _row(outcome: Outcome) -> dict[str, Any]:
    job = outcome.job or None
    links = {"job": url_for("jobs.show_job", job_id=job)} if job else {}
    return {
        "type": outcome.event.type,
        "subject": outcome.event.subject,
        "outcome": outcome.word,
        "job": job,
        # Nothing that tells the first of equal requests from the others.
        "because": None if job else outcome.because,
        "links": links,
    }


def _told(outcome: Outcome) -> str:
    """Return what a person is told: equal of equal requests, as the document is."""
    if not outcome.job:
        return outcome.because
    page = url_for("page.show_job", job_id=outcome.job, _external=True)
    return f"it is being carried out: {page}"


def _reply(reply: Reply) -> Response:
    if isinstance(reply.body, str):
        return Response(reply.body, reply.status, reply.headers, mimetype="text/plain")
    text = current_app.json.dumps(reply.body)
    return Response(text, reply.status, reply.headers, mimetype="application/json")
