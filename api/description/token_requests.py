"""What requests say of tokens."""

import re
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from api.access.token_records import Wish
from api.http.paging import page_cursor, page_size
from cluster.names import Pattern, longest
from cluster.spec import Environment
from workflows.roles import Role

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9 ._@/-]{0,62}[A-Za-z0-9])?", re.ASCII)
NAMED = (
    "has 1 to 64 of a-z, A-Z, 0-9, ' ', '.', '_', '@', '/' and '-', and begins and ends with a "
    "letter or digit"
)
CLUSTERS = re.compile(r"[a-z0-9*?-]{1,63}", re.ASCII)
CURSOR = re.compile(r"\d{1,12}\.\d{1,9}-[0-9a-f]{12}", re.ASCII)
USUAL_DAYS, MOST_DAYS = 90, 365
USUAL_OVERLAP_HOURS, MOST_OVERLAP_HOURS = 24, 30 * 24
USUAL_TOKENS, MOST_TOKENS = 200, 1000
"""Of one page."""


class TokensQuerySchema(Schema):
    """Which page of the tokens to list."""

    per_page = page_size("tokens", usual=USUAL_TOKENS, most=MOST_TOKENS)
    cursor = page_cursor(CURSOR)


class TokenRequestSchema(Schema):
    """A token that is to be made."""

    name = Pattern(
        NAME,
        f"a token's name {NAMED}",
        required=True,
        metadata={"description": "What it is for; several tokens may have one name"},
    )
    owner = Pattern(
        NAME,
        f"an owner's name {NAMED}",
        metadata={
            "description": "The person who gets it, by the name that their chat and issuer know "
            "them by; without it, whoever it is called after. Whoever asks for a change does not "
            "approve it, with whichever of their tokens, nor with one that they made for nobody"
        },
    )
    roles = fields.List(
        fields.Enum(Role, by_value=True),
        required=True,
        validate=[
            validate.Length(1, error="cannot make a token without a role"),
            longest(4, "roles"),
        ],
        metadata={"description": "What it is for; several add up"},
    )
    clusters = Pattern(
        CLUSTERS,
        "clusters is a pattern of names, as shells have them, of a-z, 0-9, '-', '*' and '?', for "
        "example test-*",
        load_default="*",
        metadata={"description": "A pattern of the names of clusters that it is for"},
    )
    environments = fields.List(
        fields.Enum(Environment, by_value=True),
        load_default=lambda: list(Environment),
        validate=[
            validate.Length(1, error="cannot make a token for no environment"),
            longest(3, "environments"),
        ],
        metadata={"description": "The environments of clusters that it is for; all without it"},
    )
    days = fields.Integer(
        strict=True,
        allow_none=True,
        load_default=USUAL_DAYS,
        validate=validate.Range(
            1,
            MOST_DAYS,
            error=f"cannot make a token for {{input}} days: it is 1 to {MOST_DAYS}, or null for "
            "one that never ends",
        ),
        metadata={"description": "How long it is valid; null for ever"},
    )

    @post_load
    def _wish(self, values: dict[str, Any], **_: Any) -> Wish:
        return Wish(
            values["name"],
            tuple(role for role in Role if role in values["roles"]),
            values["clusters"],
            frozenset(values["environments"]),
            values["days"],
            values.get("owner", ""),
        )


class RotateRequestSchema(Schema):
    """How long a token that is replaced stays valid; without a body, a day."""

    body_is_optional = True

    overlap_hours = fields.Integer(
        strict=True,
        load_default=USUAL_OVERLAP_HOURS,
        validate=validate.Range(
            0,
            MOST_OVERLAP_HOURS,
            error=f"cannot let both be valid for {{input}} hours: it is 0 to {MOST_OVERLAP_HOURS}",
        ),
        metadata={"description": "How long both are valid; 0 revokes the old one at once"},
    )
