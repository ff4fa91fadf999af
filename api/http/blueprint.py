"""The blueprint of every group of routes: strict JSON in, faults out as problems."""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from flask import Request, Response
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import RAISE, Schema, ValidationError
from marshmallow.fields import List
from webargs.flaskparser import FlaskParser

from api.access.needs import DeclaredBlueprint
from api.http.documents import strict_json
from api.http.pointers import first_of, pointers
from api.http.problems import Problem

View = Callable[..., Response]
Decorate = Callable[[View], View]
LOCATIONS = ("json", "query")


def invalid(errors: list[dict[str, str]]) -> Problem:
    """Return the problem for a request with these faults."""
    found = "1 fault was" if len(errors) == 1 else f"{len(errors)} faults were"
    detail = f"cannot use the request: {found} found; see errors"
    return Problem("invalid-request", detail, {"errors": first_of(errors)})


class Parser(FlaskParser):
    """Reads bodies and queries; refuses what the schema does not know."""

    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(LOCATIONS, RAISE)

    def load_json(self, req: Request, schema: Schema) -> Any:
        if getattr(schema, "body_is_optional", False) and not req.get_data():
            return {}
        if not req.is_json:
            sent = req.mimetype or "none"
            raise Problem(
                "unsupported-media-type",
                f"cannot read a body of type {sent[:80]}: send Content-Type: application/json",
            )
        charset = req.mimetype_params.get("charset", "utf-8")
        if charset.lower().replace("_", "-") not in {"utf-8", "utf8", "us-ascii"}:
            raise Problem(
                "unsupported-media-type",
                f"cannot read a body of charset {charset[:80]}: send UTF-8",
            )
        return strict_json(req.get_data())

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Return the query; of a name that comes twice, none of its values is meant for sure."""
        twice = [
            {"pointer": f"/{name}", "detail": "cannot use several values: send one"}
            for name in schema.fields
            if len(req.args.getlist(name)) > 1 and not isinstance(schema.fields[name], List)
        ]
        if twice:
            raise invalid(twice)
        return super().load_querystring(req, schema)

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        messages: Any = error.messages
        for location in LOCATIONS:
            messages = messages.get(location, messages)
        raise invalid(pointers(messages, schema)) from None


class Blueprint(DeclaredBlueprint, SmorestBlueprint):  # type: ignore[misc]  # it has no types
    """A group of routes that are documented by their decorators."""

    ARGUMENTS_PARSER = Parser()

    def __init__(
        self, name: str, import_name: str, *, description: str, url_prefix: str | None = None
    ) -> None:
        super().__init__(name, import_name, url_prefix=url_prefix)
        self.description = description

    # Types for what is inherited.
    arguments: Callable[..., Decorate]
    response: Callable[..., Decorate]
    alt_response: Callable[..., Decorate]
    doc: Callable[..., Decorate]
