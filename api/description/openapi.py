"""The OpenAPI 3.1 document: what flask-smorest finds in the routes, and what only we know."""

from typing import Any

from flask import Flask, current_app
from flask_smorest import Api

from api.access.needs import is_open, need_of
from api.description.answers import ProblemSchema
from api.description.webhooks import webhooks
from api.http.documents import ETAG
from api.http.limits import NEVER
from api.http.problems import MEDIA_TYPE
from cluster.names import KEYS
from workflows.access import Permission
from workflows.kinds import KINDS

EXTENSION = "clusterwright-openapi"
"""Where the application keeps the document."""
TITLE = "Clusterwright"
DESCRIPTION = (
    "Carries out changes of multi-node MicroK8s clusters, and shows every step. "
    "Post a change, get a job, then poll it or follow its events. "
    "Every error is a problem document whose `type` leads to a page that explains it."
)
SETTINGS = {
    "API_TITLE": TITLE,
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": None,
}
SCHEME = "token"
PERMISSION = "x-permission"
"""The member of an operation that names what it needs: a permission, `open` or `any-token`."""
METHODS = ("get", "put", "post", "patch", "delete", "options")
JOB_ENDPOINTS = ("jobs.", "events.", "evidence.")
SIGNED_ENDPOINTS = ("hooks.",)
"""Open to whoever signs: a wrong signature is refused as a wrong token is."""
LOCATION = {"description": "What was made", "schema": {"type": "string"}}
ON_EVERY_ANSWER = {
    "X-Request-Id": {
        "description": "Names the request in the log; the one that was sent, or a new one",
        "schema": {"type": "string"},
    },
    "traceparent": {
        "description": "The trace that the request belongs to (W3C Trace Context)",
        "schema": {"type": "string"},
    },
}
TOLD_ON_EVERY_ANSWER = {name: {"$ref": f"#/components/headers/{name}"} for name in ON_EVERY_ANSWER}
PROBLEM_REF = {"$ref": "#/components/responses/Problem"}


def describe(api: Api, app: Flask) -> dict[str, Any]:
    """Return the finished document."""
    api.spec.components.schema("Problem", schema=ProblemSchema)
    for name, kind in KINDS.items():
        api.spec.components.schema(_params_name(name), schema=kind.schema)
    document: dict[str, Any] = api.spec.to_dict()
    document["info"]["description"] = DESCRIPTION
    document["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    document["security"] = [{SCHEME: []}]
    components = document["components"]
    components["securitySchemes"] = {
        SCHEME: {
            "type": "http",
            "scheme": "bearer",
            "description": "A token `cw_<id>_<secret>`; the first is in the data directory. Where "
            "an issuer of identities is named, a JSON Web Token of that issuer, too",
        }
    }
    components["responses"] = {
        "Problem": {
            "description": "Any error (RFC 9457)",
            "headers": {
                **TOLD_ON_EVERY_ANSWER,
                "Retry-After": {
                    "description": "Seconds after which trying again makes sense, if it does",
                    "schema": {"type": "integer"},
                },
                "WWW-Authenticate": {
                    "description": "With 401: how to say who asks",
                    "schema": {"type": "string"},
                },
                "Allow": {
                    "description": "With 405: what the address takes",
                    "schema": {"type": "string"},
                },
            },
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
    components["headers"] = ON_EVERY_ANSWER
    components.pop("parameters", None)
    for unused in ("Error", "PaginationMetadata"):  # flask-smorest's own
        components["schemas"].pop(unused, None)
    for schema in components["schemas"].values():
        tell_keys(schema)
    _tell_kinds_apart(components["schemas"])
    _finish_operations(document["paths"], app)
    document["webhooks"] = webhooks()
    return document


def params_schema(kind: str) -> dict[str, Any]:
    """Return the schema of a kind's params, as the document has it."""
    found: dict[str, Any] = current_app.extensions[EXTENSION]["components"]["schemas"]
    schema: dict[str, Any] = found[_params_name(kind)]
    return schema


def tell_keys(schema: dict[str, Any]) -> None:
    """Make ``propertyNames`` of what a field could tell of its keys with a prefix only."""
    if KEYS in schema:
        schema["propertyNames"] = schema.pop(KEYS)
    for inner in (*schema.get("properties", {}).values(), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            tell_keys(inner)


def _params_name(kind: str) -> str:
    return kind.title().replace("-", "") + "Params"


def _tell_kinds_apart(schemas: dict[str, Any]) -> None:
    """Replace the change of any kind by one schema per kind, with that kind's params."""
    general = schemas["ChangeRequest"]
    names = {name: _params_name(name).removesuffix("Params") + "Change" for name in KINDS}
    for kind, name in names.items():
        own = {
            "kind": {"type": "string", "const": kind},
            "params": {"$ref": f"#/components/schemas/{_params_name(kind)}"},
        }
        schemas[name] = general | {
            "description": KINDS[kind].summary,
            "properties": general["properties"] | own,
        }
    refs = {kind: f"#/components/schemas/{name}" for kind, name in names.items()}
    schemas["ChangeRequest"] = {
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": "kind", "mapping": refs},
    }


def endpoints(app: Flask) -> dict[tuple[str, str], str]:
    """Return the endpoint of each path and method, as the document writes them."""
    return {
        (_template(rule.rule), method.lower()): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }


def _finish_operations(paths: dict[str, Any], app: Flask) -> None:
    """Give each operation its id, its security and the one answer for every error."""
    found = endpoints(app)
    for path, operations in paths.items():
        for method in METHODS:
            if method not in operations:
                continue
            operation = operations[method]
            endpoint = found[path, method]
            operation["operationId"] = endpoint.rpartition(".")[2]
            if is_open(app, endpoint):
                operation["security"] = []
            operation[PERMISSION] = str(need_of(app, endpoint).what)
            kept = {
                status: response
                for status, response in operation["responses"].items()
                if status[0] in "23"
            }
            _describe_headers(kept)
            told = [*_refusals(path, method, operation, endpoint, app), *_declared(operation)]
            refused = dict.fromkeys(sorted(set(told)), PROBLEM_REF)
            operation["responses"] = kept | refused | {"default": PROBLEM_REF}


def _refusals(
    path: str, method: str, operation: dict[str, Any], endpoint: str, app: Flask
) -> list[str]:
    """Return the statuses that an operation can refuse with; all are problem documents."""
    found = {503} if endpoint != "health.live" else set()
    if endpoint not in NEVER:
        found.add(429)
    if not is_open(app, endpoint) or endpoint.startswith(SIGNED_ENDPOINTS):
        found.add(401)
    if isinstance(need_of(app, endpoint).what, Permission):
        found.add(403)
    if "{" in path:
        found |= {404, 422}
    if method not in {"get", "options"}:
        found.add(409)
    if "requestBody" in operation:
        found |= {400, 408, 413, 415, 422}
    if any(parameter.get("in") == "query" for parameter in operation.get("parameters", ())):
        found |= {414, 422}
    if endpoint == "jobs.list_jobs":
        found.add(404)  # the job after which the page begins is not kept any more
    if any(parameter.get("name") == "If-Match" for parameter in operation.get("parameters", ())):
        found.add(412)
    if endpoint.startswith(JOB_ENDPOINTS) and "{" in path:
        found.add(409)  # a shortened id that stands for several jobs
    return [str(status) for status in sorted(found)]


def _declared(operation: dict[str, Any]) -> list[str]:
    """Return the statuses of refusals that stand where the route is declared."""
    return [status for status in operation["responses"] if status[0] in "45"]


def _describe_headers(responses: dict[str, Any]) -> None:
    """Tell of the headers that belong to a status, whatever the operation."""
    for status, response in responses.items():
        response["headers"] = TOLD_ON_EVERY_ANSWER | response.get("headers", {})
        if status == "201":
            response.setdefault("headers", {}).setdefault("Location", LOCATION)
        if status == "304":
            response.setdefault("headers", {}).update(ETAG)


def _template(rule: str) -> str:
    return rule.replace("<", "{").replace(">", "}")
