"""What the client repeats of the OpenAPI document is what the document says now."""

import inspect
import runpy
from pathlib import Path

import pytest

from api.app import create_app
from clusterwright import documents, operations
from clusterwright.calls import Call
from clusterwright.client import AsyncClient, Client

ROOT = Path(__file__).resolve().parent.parent.parent
FOLLOWED = {"follow_job": "events"}
"""Operations whose answer is no document, and the method that reads it as it comes."""


@pytest.fixture(scope="module")
def document():
    return create_app().test_client().get("/openapi.json").json


def operations_of(document):
    for path, rows in document["paths"].items():
        for method, operation in rows.items():
            if method != "parameters":
                yield method.upper(), path, operation


def test_the_code_is_what_its_script_writes():
    written = runpy.run_path(str(ROOT / "scripts" / "client_code.py"))["render"]()

    for name, text in written.items():
        stands = (ROOT / "clusterwright" / name).read_text()
        assert stands == text, f"{name}: run .venv/bin/python scripts/client_code.py"


def test_every_operation_has_a_method_of_both_clients(document):
    for _, _, operation in operations_of(document):
        name = operation["operationId"]
        for client in (Client, AsyncClient):
            assert hasattr(client, FOLLOWED.get(name, name)), (client, name)


def test_every_call_asks_for_its_operation(document):
    for method, path, operation in operations_of(document):
        name = operation["operationId"]
        if name in FOLLOWED:
            continue
        build = getattr(operations, name)
        words = {
            each.name: f"a-{each.name}"
            for each in inspect.signature(build).parameters.values()
            if each.default is inspect.Parameter.empty
        }
        call = build(**words)
        assert isinstance(call, Call)
        expected = path.replace("{", "a-").replace("}", "")
        assert (call.method, call.path) == (method, expected)


def test_every_field_of_every_document_has_a_type(document):
    for name, schema in document["components"]["schemas"].items():
        if "properties" in schema:
            typed = getattr(documents, name)
            assert set(typed.__annotations__) == set(schema["properties"]), name
            assert typed.__required_keys__ == set(schema.get("required", ())), name
