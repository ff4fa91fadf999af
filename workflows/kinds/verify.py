"""``verify``: look at a cluster and record what is seen, without changing or awaiting anything."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema

from workflows.plan import Draft, Kind, Lock, Scope


class VerifySchema(Schema):
    """A ``verify`` request has nothing to say."""


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Add nothing to the look with which every change of a cluster begins."""
    del params, scope
    return Draft()


KIND = Kind(
    name="verify",
    summary="Look at a cluster now, and change nothing",
    schema=VerifySchema,
    plan=plan,
    lock=Lock.NONE,
    fits_remains=True,
    example={},
    given={"prod": {"control_plane": ["n1"]}},
)
