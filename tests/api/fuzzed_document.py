"""The OpenAPI document as it is fuzzed, and what is held against the answers."""

import copy
import re
from typing import Any

CONFIG = """\
# A job's answer waits up to 60 s where `wait` asks for it.
request-timeout = 90

[checks.negative_data_rejection]
# Beside its own: a body that is too long is 413 before it is read, an address 414, and a tag that
# is not one is another than the state has, 412.
expected-statuses = ["400", "401", "403", "404", "405", "408", "409", "412", "413", "414", "415",
                     "422", "428"]

[checks.positive_data_acceptance]
# What is well-formed can still be refused for what no schema tells: a host that is not there, a
# code that this change cannot accept, a tag of another state, an event in another sender's form.
expected-statuses = ["2xx", "304", "400", "401", "403", "404", "405", "409", "412", "422", "428"]
"""
"""The settings of schemathesis: all its checks are on."""
WITHOUT_TOKEN = """\
[checks.unsupported_method]
# Nobody without a token is told what an address takes, or whether it is one: that is 401, not 405.
enabled = false
"""
TOLD = {"allow", "etag", "link", "location", "retry-after", "traceparent", "www-authenticate"}
"""Headers that a client acts on; all others stand on every answer, or are HTTP's own."""
OWN = "clusterwright-"


def config(*, has_token: bool) -> str:
    """Return the settings for who has a token, or none."""
    return CONFIG if has_token else f"{CONFIG}\n{WITHOUT_TOKEN}"


def fuzzed(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document without the answer that stands for any status: each has to be told.

    A stream has no schema: what the document tells is the whole text, and it would be held against
    each of its events. Texts and numbers stand for true and false, too: rules fill texts in, as
    tickets have them.
    """
    found = copy.deepcopy(document)
    asked: set[str] = set()
    for operations in found["paths"].values():
        for method, operation in operations.items():
            if method != "parameters":
                del operation["responses"]["default"]
                _forget_streams(operation["responses"])
                _note_schemas(operation.get("requestBody", {}), found, asked)
                _loosen([row["schema"] for row in operation.get("parameters", ())])
    for name in asked:
        _loosen(found["components"]["schemas"][name])
    return found


def _forget_streams(responses: dict[str, Any]) -> None:
    for answer in responses.values():
        answer.get("content", {}).get("text/event-stream", {}).pop("schema", None)


def _note_schemas(part: Any, document: dict[str, Any], asked: set[str]) -> None:
    for name in re.findall(r"#/components/schemas/(\w+)", str(part)):
        if name not in asked:
            asked.add(name)
            _note_schemas(document["components"]["schemas"][name], document, asked)


def _loosen(part: Any) -> None:
    if isinstance(part, dict):
        kinds = part.get("type")
        if kinds == "boolean" or (isinstance(kinds, list) and "boolean" in kinds):
            del part["type"]
        for inner in part.values():
            _loosen(inner)
    elif isinstance(part, list):
        for inner in part:
            _loosen(inner)


def headers_are_told(_: Any, response: Any, case: Any) -> None:
    """Raise ``AssertionError`` for a header that a client acts on and the document hides."""
    rows = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    if "$ref" in rows:
        rows = case.operation.schema.raw_schema["components"]["responses"]["Problem"]
    told = {name.lower() for name in rows.get("headers", {})}
    sent = {name.lower() for name in response.headers}
    hidden = {name for name in sent - told if name in TOLD or name.startswith(OWN)}
    if hidden:
        raise AssertionError(
            f"{case.operation.label} answers {response.status_code} with {sorted(hidden)}"
        )
