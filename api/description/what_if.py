"""Operations that are tried on paper, as a query writes them: ``what_if=remove:n2,add:n5``."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from api.http.pointers import cut
from cluster.quorum import MOST_TRIED, VERBS, Operation

MEMBER = re.compile(r"[a-z0-9][a-z0-9.:-]{0,62}", re.ASCII)
"""A host's name, or the address of a member that no host of the inventory has."""
SAMPLE = "remove:n2,add:n5"
Tried = tuple[Operation, str]


class TriedOperation(fields.Field[Tried]):
    """A verb and a node: ``remove:n2``."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Tried:
        verb, _, host = str(value).strip().partition(":")
        if verb not in VERBS:
            raise ValidationError(
                f"cannot try {cut(str(value))!r}: begin with one of {', '.join(VERBS)}, and name a "
                f"node behind a colon, for example {SAMPLE}"
            )
        if not MEMBER.fullmatch(host):
            raise ValidationError(
                f"cannot try {cut(str(value))!r}: behind {verb}: stands the name of one node, for "
                f"example {verb}:n2"
            )
        return VERBS[verb], host


class TriedOperations(fields.List[Tried]):
    """Operations in order, with commas between; a parameter that is repeated goes on."""

    def __init__(self) -> None:
        too_many = f"cannot try more than {MOST_TRIED} operations at once"
        super().__init__(
            TriedOperation(metadata={"type": "string", "example": "remove:n2"}),
            load_default=list,
            validate=validate.Length(max=MOST_TRIED, error=too_many),
            metadata={
                "description": "What to try, one after the other: `add:` (a new control plane "
                "node), `remove:` (a live one leaves), `remove-dead:` (one that does not answer is "
                "struck off) or `stop:` (one goes down for a while), each with a node; "
                f"`{SAMPLE}`"
            },
        )

    def _deserialize(
        self,
        value: Sequence[str],
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> list[Tried | None]:
        items = [item for text in value for item in text.split(",")]
        # One more than is allowed is enough to be refused.
        return super()._deserialize(items[: MOST_TRIED + 1], attr, data, **kwargs)


class QuorumQuerySchema(Schema):
    """What to try on paper."""

    what_if = TriedOperations()
