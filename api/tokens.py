"""API tokens: make, list, show, revoke and rotate them, and tell who asks."""

from typing import Any

from flask import Response, url_for

from api.access.acts import note
from api.access.needs import ANY_TOKEN
from api.access.principal import principal
from api.access.token_records import TokenRecord, Wish
from api.access.token_store import Made, NotRotated
from api.access.tokens import id_of
from api.backend import backend
from api.description.token_answers import (
    MadeTokenSchema,
    RotatedTokenSchema,
    TokenListSchema,
    TokenSchema,
)
from api.description.token_requests import (
    RotateRequestSchema,
    TokenRequestSchema,
    TokensQuerySchema,
)
from api.http.blueprint import Blueprint
from api.http.documents import document
from api.http.paging import LINK, with_next
from api.local_token import kept
from cluster.spec import Environment
from workflows.access import Forbidden, Grant, Permission
from workflows.moments import rfc3339
from workflows.roles import beyond

EXAMPLE = {"name": "ci", "roles": ["operator"], "clusters": "test-*", "environments": ["dev"]}
HOUR_SECONDS = 3600

bp = Blueprint("tokens", __name__, url_prefix="/v1", description="Who may ask, and for what")


def _body(record: TokenRecord, used: float | None, *, revoked: bool = False) -> dict[str, Any]:
    ended = record.has_ended(backend().token_store.clock())
    return {
        "id": record.id,
        "name": record.name,
        "status": "revoked" if revoked else "ended" if ended else "valid",
        "roles": list(record.roles),
        "clusters": record.clusters,
        "environments": [each for each in Environment if each in record.environments],
        "grants": [grant.as_dict() for grant in record.grants],
        "created": record.created,
        "created_time": rfc3339(record.created),
        "created_by": record.created_by,
        "expires": record.expires,
        "expires_time": rfc3339(record.expires),
        "last_used": used,
        "last_used_time": rfc3339(used),
        "replaced_by": record.replaced_by,
        "links": {"self": url_for("tokens.show_token", token_id=record.id)},
    }


def _made(made: Made) -> dict[str, Any]:
    return _body(made.record, None) | {"token": made.token}


def _cursor(record: TokenRecord) -> str:
    return f"{record.created:.6f}-{record.id}"


def _place(cursor: str) -> tuple[float, str]:
    """Return what tokens are listed by; the one of a cursor may be gone by now."""
    created, _, token_id = cursor.partition("-")
    return float(created or 0), token_id


def _shown(token_id: str) -> Response:
    store = backend().token_store
    return document(_body(store.one(token_id), store.last_uses().get(token_id)))


def _demand(grants: tuple[Grant, ...]) -> None:
    """Raise ``Forbidden`` where these go beyond what whoever asks has."""
    by = principal()
    if (permission := beyond(by.grants, grants)) is not None:
        raise Forbidden(by, permission, None)


def told(record: TokenRecord) -> dict[str, Any]:
    """Return what the audit log tells of a token."""
    return {
        "id": record.id,
        "name": record.name,
        "roles": list(record.roles),
        "clusters": record.clusters,
        "environments": sorted(record.environments),
        "expires": rfc3339(record.expires),
    }


@bp.get("/tokens", needs=Permission.ADMIN)
@bp.arguments(TokensQuerySchema, location="query")
@bp.response(
    200, TokenListSchema, headers=LINK, description="A page of tokens; `Link` leads to the next"
)
def list_tokens(query: dict[str, Any]) -> Response:
    """List the tokens, oldest first, without their secrets.

    One that has ended is told for 90 days; one that was revoked is not.
    """
    store = backend().token_store
    uses, after = store.last_uses(), _place(query.get("cursor", ""))
    records = [each for each in store.all() if _place(_cursor(each)) > after]
    page = records[: query["per_page"]]
    more = len(page) < len(records)
    answer = document({"tokens": [_body(each, uses.get(each.id)) for each in page]})
    return with_next(answer, _cursor(page[-1]) if more else "")


@bp.post("/tokens", needs=Permission.ADMIN)
@bp.arguments(TokenRequestSchema, example=EXAMPLE)
@bp.response(201, MadeTokenSchema, description="The token is valid; its secret is told this once")
def make_token(wish: Wish) -> Response:
    """Make a token. It is told once: only a hash of it is stored.

    Nobody gives more than they have: 403 `forbidden` names the permission.
    """
    _demand(wish.grants)
    made = backend().token_store.make(wish, by=principal().id)
    note(object=f"token {made.record.id}", after=told(made.record))
    response = document(_made(made), status=201)
    response.headers["Location"] = url_for("tokens.show_token", token_id=made.record.id)
    return response


@bp.get("/tokens/self", needs=ANY_TOKEN)
@bp.response(200, TokenSchema, description="The token that this request was sent with")
def show_own() -> Response:
    """Tell who asks, and what they may: the token of this request."""
    return _shown(principal().id)


@bp.get("/tokens/<token_id>", needs=Permission.ADMIN)
@bp.response(200, TokenSchema, description="The token")
def show_token(token_id: str) -> Response:
    """Show one token, without its secret."""
    return _shown(token_id)


@bp.post("/tokens/<token_id>/revoke", needs=Permission.ADMIN)
@bp.response(200, TokenSchema, description="The token is not valid any more")
def revoke_token(token_id: str) -> Response:
    """Make a token invalid for good; other API processes may take it for five seconds more.

    The last token that may administer stays: 409 `last-admin-token`.
    """
    store = backend().token_store
    used = store.last_uses().get(token_id)
    record = store.revoke(token_id, by=principal().id)
    backend().tokens.forget(token_id)
    note(before=told(record), after={"status": "revoked"})
    return document(_body(record, used, revoked=True))


@bp.post("/tokens/<token_id>/rotate", needs=Permission.ADMIN)
@bp.arguments(RotateRequestSchema, example={"overlap_hours": 24})
@bp.response(
    201, RotatedTokenSchema, description="The new token is valid; its secret is told this once"
)
def rotate_token(values: dict[str, Any], token_id: str) -> Response:
    """Make a token with another's name, roles and clusters, which ends after an overlap.

    The new one has an id of its own, and lasts as long as the old one was to.
    """
    hours = values["overlap_hours"]
    rotated = backend().token_store.rotate(
        token_id, overlap_seconds=hours * HOUR_SECONDS, by=principal().id, allow=_allow_rotation
    )
    backend().tokens.forget(token_id)
    note(before=told(rotated.old), after=told(rotated.new.record))
    used = backend().token_store.last_uses().get(token_id)
    body = {"old": _body(rotated.old, used, revoked=not hours), "new": _made(rotated.new)}
    response = document(body, status=201)
    response.headers["Location"] = url_for("tokens.show_token", token_id=rotated.new.record.id)
    return response


def _allow_rotation(old: TokenRecord) -> None:
    """Raise what speaks against giving somebody the like of a token."""
    token = kept(backend().settings.data_dir)
    if token and id_of(token) == old.id:
        raise NotRotated(
            f"cannot rotate token {old.id} ({old.name}): it stands in the file token of the data "
            "directory; where the API runs, revoke it with python -m api.local_token revoke "
            f"{old.id}, then start the API again, which makes another"
        )
    _demand(old.grants)
