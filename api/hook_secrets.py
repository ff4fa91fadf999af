"""Who may send events: each sender with its address, and the secrets that it signs with."""

from typing import Any

from flask import Response, url_for

from api.access.acts import note
from api.backend import backend
from api.description.hook_answers import (
    HookListSchema,
    HookSecretSchema,
    NewHookSecretSchema,
    RetiredSecretsSchema,
)
from api.http.blueprint import Blueprint, invalid
from api.http.documents import ETAG, conditional, document
from api.http.problems import Problem
from workflows.access import Permission
from workflows.hooks import secrets
from workflows.hooks.rules.rule_set import RuleSet, Sender
from workflows.hooks.sources import SOURCES

bp = Blueprint("hook_secrets", __name__, url_prefix="/v1", description="Who may send events")


@bp.get("/hooks", needs=Permission.ADMIN)
@bp.response(200, HookListSchema, headers=ETAG, description="Every sender of the rule file")
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
def list_hooks() -> Response:
    """List the senders, with the address that each posts to and how many secrets are good."""
    senders = backend().rules.load().rules.senders.values()
    return conditional(document({"hooks": [_hook(sender) for sender in senders]}))


@bp.post("/hooks/<source>/secrets", needs=Permission.ADMIN)
@bp.arguments(NewHookSecretSchema, required=False)
@bp.response(201, HookSecretSchema, description="The secret, if it was made here: shown once")
def add_secret(body: dict[str, str], source: str) -> Response:
    """Make a secret good for a sender, beside those that are.

    Without one in the body it is made here, for senders that take one. It stands in a file of the
    data directory, and nowhere else.
    """
    sender = sender_of(backend().rules.load().rules, source)
    made = "" if body.get("secret") else secrets.new_secret()
    secret = (made or body["secret"]).strip()
    kind = SOURCES[sender.kind]
    if fault := kind.secret_fault(secret.encode()):
        not_made = (
            f"cannot make a secret for {sender.name}: {kind.title} makes it; enter that one: "
            f"clusterwright hooks add-secret {sender.name} --from -"
        )
        raise invalid([{"pointer": "/secret", "detail": not_made if made else fault}])
    try:
        good = secrets.add(backend().settings.data_dir, sender.name, secret)
    except secrets.BadSecret as error:
        raise invalid([{"pointer": "/secret", "detail": str(error)}]) from None
    note(after={"good": good})
    found = _hook(sender) | {"secret": made or None, "secrets": good}
    response = document(found, status=201)
    response.headers["Location"] = found["links"]["hook"]
    return response


@bp.post("/hooks/<source>/secrets/retire", needs=Permission.ADMIN)
@bp.response(200, RetiredSecretsSchema, description="How many are good no more")
def retire_secrets(source: str) -> Response:
    """Take all secrets of a sender away but the newest, once it signs with that."""
    sender = sender_of(backend().rules.load().rules, source)
    retired = secrets.keep_newest(backend().settings.data_dir, sender.name)
    note(after={"retired": retired})
    return document({"retired": retired})


def sender_of(rules: RuleSet, name: str) -> Sender:
    """Return a sender of the rule file. Raises the problem ``hook-not-found``."""
    sender = rules.senders.get(name)
    if sender is None:
        raise Problem(
            "hook-not-found",
            "cannot find the hook: no sender of this name stands under sources in the rules",
        )
    return sender


def _hook(sender: Sender) -> dict[str, Any]:
    kind = SOURCES[sender.kind]
    return {
        "name": sender.name,
        "kind": kind.name,
        "title": kind.title,
        "secrets": len(secrets.secrets_of(backend().settings.data_dir, sender.name)),
        "makes_secrets": kind.makes_secrets,
        "links": {"hook": url_for("hooks.receive", source=sender.name)},
    }
