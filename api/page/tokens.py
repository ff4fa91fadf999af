"""API tokens on the page: list them, make one, rotate and revoke them."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Response, request
from marshmallow import ValidationError

from api.access import token_acts
from api.access.token_records import Wish
from api.access.token_store import Made, NotRotated
from api.backend import backend
from api.description.token_requests import (
    USUAL_DAYS,
    RotateRequestSchema,
    TokenRequestSchema,
    TokensQuerySchema,
)
from api.http.blueprint import invalid
from api.http.pointers import pointers
from api.page.blueprint import bp
from api.page.form_errors import by_field
from api.page.places import see_other
from api.page.rendering import page
from api.tokens import token_body
from cluster.spec import Environment
from workflows.access import Forbidden, Permission
from workflows.roles import Role

SHOWN = 50
"""Tokens of a page."""
Errors = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class TokenForm:
    """What was typed of a token that is to be made."""

    name: str = ""
    roles: tuple[str, ...] = ()
    clusters: str = "*"
    environments: tuple[str, ...] = tuple(Environment)
    days: str = str(USUAL_DAYS)
    owner: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """Return what the API would be sent; without days a token never ends."""
        owner = {"owner": self.owner} if self.owner else {}
        return owner | {
            "name": self.name,
            "roles": list(self.roles),
            "clusters": self.clusters or "*",
            "environments": list(self.environments),
            "days": int(self.days) if self.days.isdecimal() else self.days or None,
        }


@bp.get("/tokens", needs=Permission.ADMIN)
def list_tokens() -> Response:
    """List the tokens, oldest first, with the form that makes one."""
    return _list(TokenForm(), {})


@bp.post("/tokens", needs=Permission.ADMIN)
def make_token() -> Response:
    """Make a token, and show it: this once, so the answer is kept nowhere."""
    form = _typed()
    try:
        wish: Wish = TokenRequestSchema().load(form.body)
        made = token_acts.make(wish)
    except ValidationError as error:
        return _list(form, by_field(pointers(error.messages, TokenRequestSchema())))
    except Forbidden as error:
        return _list(form, {"roles": [str(error)]}, status=403)
    return _once(made)


@bp.post("/tokens/<token_id>/revoke", needs=Permission.ADMIN)
def revoke_token(token_id: str) -> Response:
    """Make a token invalid for good, and show the others."""
    token_acts.revoke(token_id)
    return see_other("/tokens")


@bp.post("/tokens/<token_id>/rotate", needs=Permission.ADMIN)
def rotate_token(token_id: str) -> Response:
    """Have a token take another's place, and show it this once."""
    typed = request.form.get("overlap_hours", "").strip()
    schema = RotateRequestSchema()
    try:
        hours = schema.load({"overlap_hours": int(typed) if typed.isdecimal() else typed})
    except ValidationError as error:
        raise invalid(pointers(error.messages, schema)) from None
    try:
        rotated = token_acts.rotate(token_id, hours["overlap_hours"])
    except NotRotated as error:
        return _list(TokenForm(), {}, notice=str(error), status=409)
    return _once(rotated.new)


def _typed() -> TokenForm:
    return TokenForm(
        request.form.get("name", "").strip(),
        tuple(request.form.getlist("roles")),
        request.form.get("clusters", "").strip(),
        tuple(request.form.getlist("environments")),
        request.form.get("days", "").strip(),
        request.form.get("owner", "").strip(),
    )


def _once(made: Made) -> Response:
    """Show a token in the answer to its form; no copy of that is kept (``no-store``)."""
    body = token_body(made.record, None)
    return page("token_made.html", status=201, token=made.token, row=body)


def _list(form: TokenForm, errors: Errors, *, status: int = 200, notice: str = "") -> Response:
    schema = TokensQuerySchema(only=("cursor",))
    try:
        query: dict[str, Any] = schema.load({k: v for k, v in request.args.items() if v})
    except ValidationError as error:
        raise invalid(pointers(error.messages, schema)) from None
    uses = backend().token_store.last_uses()
    records, following = token_acts.tokens_after(query.get("cursor", ""), SHOWN)
    return page(
        "tokens.html",
        status=422 if errors and status == 200 else status,
        rows=[token_body(record, uses.get(record.id)) for record in records],
        following=f"?cursor={following}" if following else "",
        form=replace(form, clusters=form.clusters or "*"),
        errors=errors,
        notice=notice,
        roles=list(Role),
        environments=list(Environment),
    )
