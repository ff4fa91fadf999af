"""API tokens: make, list, show, revoke and rotate them, and tell who asks."""

from typing import Any

from flask import Response, url_for

from api.access.needs import ANY_TOKEN
from api.access.principal import person, principal
from api.access.token_acts import make, revoke, rotate, tokens_after
from api.access.token_records import TokenRecord, Wish
from api.access.token_store import Made
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
from api.http.documents import ETAG, conditional, document, tag_of
from api.http.paging import LINK, with_next
from api.http.preconditions import IF_MATCH, demand_match
from cluster.spec import Environment
from workflows.access import Permission
from workflows.moments import rfc3339

EXAMPLE = {"name": "ci", "roles": ["operator"], "clusters": "test-*", "environments": ["dev"]}
UNCHANGED = "Unchanged, by `If-None-Match`"

bp = Blueprint("tokens", __name__, url_prefix="/v1", description="Who may ask, and for what")


def token_body(record: TokenRecord, used: float | None, *, revoked: bool = False) -> dict[str, Any]:
    ended = record.has_ended(backend().token_store.clock())
    return {
        "id": record.id,
        "name": record.name,
        "owner": record.whose,
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
    return token_body(made.record, None) | {"token": made.token}


def _shown(token_id: str) -> Response:
    """Return a token; its last use, which looking at it may change, is no part of its tag."""
    record = backend().token_store.one(token_id)
    used = backend().token_store.last_uses().get(token_id)
    return conditional(document(token_body(record, used)), named_by=token_body(record, None))


def _demand_match(token_id: str) -> None:
    """Raise the problem if the request was meant for another state of the token."""
    record = backend().token_store.one(token_id)
    demand_match(tag_of(token_body(record, None)), f"token {token_id} ({record.name})")


@bp.get("/tokens", needs=Permission.ADMIN)
@bp.arguments(TokensQuerySchema, location="query")
@bp.response(
    200,
    TokenListSchema,
    headers=LINK | ETAG,
    description="A page of tokens; `Link` leads to the next",
)
@bp.alt_response(304, description=UNCHANGED)
def list_tokens(query: dict[str, Any]) -> Response:
    """List the tokens, oldest first, without their secrets.

    One that has ended is told for 90 days; one that was revoked is not.
    """
    uses = backend().token_store.last_uses()
    page, following = tokens_after(query.get("cursor", ""), query["per_page"])
    answer = document({"tokens": [token_body(each, uses.get(each.id)) for each in page]})
    return with_next(conditional(answer), following)


@bp.post("/tokens", needs=Permission.ADMIN)
@bp.arguments(TokenRequestSchema, example=EXAMPLE)
@bp.response(201, MadeTokenSchema, description="The token is valid; its secret is told this once")
def make_token(wish: Wish) -> Response:
    """Make a token. It is told once: only a hash of it is stored.

    Nobody gives more than they have: 403 `forbidden` names the permission.
    """
    made = make(wish)
    response = document(_made(made), status=201)
    response.headers["Location"] = url_for("tokens.show_token", token_id=made.record.id)
    return response


@bp.get("/tokens/self", needs=ANY_TOKEN)
@bp.response(
    200, TokenSchema, headers=ETAG, description="The token that this request was sent with"
)
@bp.alt_response(304, description=UNCHANGED)
def show_own() -> Response:
    """Tell who asks, and what they may: the token of this request, of ours or of an issuer."""
    by, told = principal(), person()
    if told is None:
        return _shown(by.id)
    record = TokenRecord(by.id, by.name, "", by.grants, told.began, expires=told.ends)
    return document(token_body(record, None) | {"links": {"self": url_for("tokens.show_own")}})


@bp.get("/tokens/<token_id>", needs=Permission.ADMIN)
@bp.response(200, TokenSchema, headers=ETAG, description="The token")
@bp.alt_response(304, description=UNCHANGED)
def show_token(token_id: str) -> Response:
    """Show one token, without its secret."""
    return _shown(token_id)


@bp.post("/tokens/<token_id>/revoke", needs=Permission.ADMIN)
@bp.response(200, TokenSchema, description="The token is not valid any more")
@bp.doc(parameters=[IF_MATCH])
def revoke_token(token_id: str) -> Response:
    """Make a token invalid for good; other API processes may take it for five seconds more.

    The last token that may administer stays: 409 `last-admin-token`.
    """
    _demand_match(token_id)
    used = backend().token_store.last_uses().get(token_id)
    record = revoke(token_id)
    return document(token_body(record, used, revoked=True))


@bp.post("/tokens/<token_id>/rotate", needs=Permission.ADMIN)
@bp.arguments(RotateRequestSchema, required=False, example={"overlap_hours": 24})
@bp.response(
    201, RotatedTokenSchema, description="The new token is valid; its secret is told this once"
)
@bp.doc(parameters=[IF_MATCH])
def rotate_token(values: dict[str, Any], token_id: str) -> Response:
    """Make a token with another's name, roles and clusters, which ends after an overlap.

    The new one has an id of its own, and lasts as long as the old one was to.
    """
    hours = values["overlap_hours"]
    _demand_match(token_id)
    rotated = rotate(token_id, hours)
    used = backend().token_store.last_uses().get(token_id)
    body = {"old": token_body(rotated.old, used, revoked=not hours), "new": _made(rotated.new)}
    response = document(body, status=201)
    response.headers["Location"] = url_for("tokens.show_token", token_id=rotated.new.record.id)
    return response
