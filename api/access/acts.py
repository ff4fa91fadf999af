"""Who did what by a request, for the audit log: the one place that writes it for routes.

Whatever may change something is recorded, by its method and what its route declares; handlers add
what was there before and after. What is refused to somebody who is known (401, 403) is recorded
too; what was wrong with a request, or not possible, has changed nothing and is not.
"""

import itertools
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, current_app, g, request
from redis.exceptions import RedisError

from api.access.needs import need_of
from api.backend import backend
from api.http.client_address import client_address
from deploy_scripts.fleet.redaction import redact
from workflows.access import Principal
from workflows.audit.records import Act, Outcome

READING = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSED = frozenset({401, 403})
UNAVAILABLE = 503
NAME = re.compile(r"[A-Za-z0-9.-]{1,63}", re.ASCII)
"""What may stand for a name in a record: what is sent in its place may be anything."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Noted:
    """What the handler of a request has said of its act."""

    verb: str = ""
    object: str = ""
    cluster: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    by: Principal | None = None
    outcome: Outcome | None = None
    is_nothing: bool = False
    is_act: bool = False


def note(
    *,
    verb: str = "",
    object: str = "",  # noqa: A002  # the word of the record
    cluster: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Say what a request does to what; each call adds to those before. Secrets are left out."""
    noted = _noted()
    noted.verb, noted.object = verb or noted.verb, object or noted.object
    noted.cluster = cluster or noted.cluster
    noted.before |= before or {}
    noted.after |= after or {}


def note_nothing() -> None:
    """Say that a request changes nothing after all, as it is a trial."""
    _noted().is_nothing = True


def note_act(verb: str) -> None:
    """Say that a request is an act though it is sent by GET, as one that another site leads to."""
    _noted().verb = verb
    _noted().is_act = True


def note_who(by: Principal, outcome: Outcome | None = None) -> None:
    """Say who asks, where no token or session of the request does, and what became of it."""
    _noted().by = by
    _noted().outcome = outcome


def record(app: Flask) -> None:
    """Write a record for each act, once it has its answer and before that is sent."""

    @app.after_request
    def write(response: Response) -> Response:
        if request.method in READING and "noted" not in g:
            return response
        noted = _noted()
        by = noted.by or g.get("principal")
        outcome = noted.outcome or _outcome(response.status_code)
        if by is None or outcome is None or not _may_change() or noted.is_nothing:
            return response
        act = _act(noted, by, outcome)
        try:
            backend().audit.append(act)
        except (RedisError, OSError) as error:
            logger.error(  # noqa: TRY400  # the cause is in the sentence
                "cannot write the audit record of %s %s by %s: %s",
                act.verb,
                act.object,
                act.actor,
                error,
            )
        return response


def _noted() -> Noted:
    if "noted" not in g:
        g.noted = Noted()
    found: Noted = g.noted
    return found


def _may_change() -> bool:
    endpoint = request.endpoint
    if _noted().is_act:
        return True
    if request.method in READING or not endpoint:
        return False
    return need_of(current_app, endpoint).changes


def _outcome(status: int) -> Outcome | None:
    """Return what became of an act; ``None`` where there was none."""
    if status < 400:
        return Outcome.DONE
    if status in REFUSED:
        return Outcome.REFUSED
    # Without Redis there is nowhere to write; the request's log line tells of it.
    return Outcome.BROKEN_OFF if status >= 500 and status != UNAVAILABLE else None


def _act(noted: Noted, by: Principal, outcome: Outcome) -> Act:
    need = need_of(current_app, request.endpoint or "")
    view_args = request.view_args or {}
    asked = view_args.get(need.cluster)
    if need.form_field:  # a form that was read before: a body that breaks off raises here
        asked = request.values.get(need.form_field)
    verb = f"{view_args['verb']}-job" if "verb" in view_args else _endpoint_verb()
    return Act(
        verb=noted.verb or verb,
        object=noted.object or _object(view_args),
        cluster=noted.cluster or _name(asked),
        actor=by.id,
        name=by.name,
        via=str(by.via or ""),
        address=client_address(),
        before=noted.before,
        after=noted.after,
        outcome=outcome,
        trace_id=g.trace_id,
    )


def _endpoint_verb() -> str:
    return (request.endpoint or "").rpartition(".")[2].replace("_", "-")


def _object(view_args: Mapping[str, Any]) -> str:
    """Return what an address names, after the word before it: ``host n1`` of ``/hosts/n1``."""
    parts = (request.url_rule.rule if request.url_rule else "").split("/")
    for kind, part in itertools.pairwise(parts):
        if part[:1] == "<":
            name = part.strip("<>")
            value = g.get("job_id") if name == "job_id" else _name(view_args.get(name))
            return f"{kind.removesuffix('s')} {value}" if value else kind.removesuffix("s")
    return ""


def _name(value: Any) -> str:
    text = str(value or "")
    return text if NAME.fullmatch(text) and redact(text) == text else ""
