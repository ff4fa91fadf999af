"""``do-nothing``: steps that reach no host, so that only what surrounds a step costs time."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from cluster.names import HostName
from workflows.plan import Draft, Kind, Needs, Scope, Step
from workflows.retry import Retry

STEPS = 6


class DoNothingSchema(Schema):
    """What a ``do-nothing`` request says."""

    host = HostName(required=True)
    steps = fields.Integer(load_default=STEPS, validate=validate.Range(1, 100))
    reports = fields.Integer(load_default=0, validate=validate.Range(0, 100_000))
    pause_seconds = fields.Float(load_default=0.0, validate=validate.Range(0, 3600))
    last_seconds = fields.Float(load_default=0.0, validate=validate.Range(0, 3600))


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Return steps that do nothing; no host is reserved, so all clusters share one."""
    del scope
    return Draft(tuple(_steps(params)), looks_first=False)


def _steps(params: Mapping[str, Any]) -> Iterator[Step]:
    host, count = params["host"], params["steps"]
    for place in range(1, count + 1):
        last = params["last_seconds"] if place == count else 0.0
        args = {
            "host": host,
            "reports": params["reports"],
            "pause_seconds": params["pause_seconds"] + last,
        }
        yield Step(
            "do_nothing", f"Do nothing, part {place}", (host,), args, retry=Retry(attempts=1)
        )


KIND = Kind(
    name="do-nothing",
    summary="Do nothing, in steps",
    schema=DoNothingSchema,
    plan=plan,
    needs=Needs.ANY,
    example={"host": "n1"},
)
