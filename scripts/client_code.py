"""Writes the parts of ``clusterwright`` that repeat what the OpenAPI document tells.

``documents.py`` has a type for each schema, ``operations.py`` a call for each operation, and
``methods.py`` the methods that send them. Run ``.venv/bin/python scripts/client_code.py`` after a
change of a route or of what it takes or answers; a test compares.
"""

import builtins
import keyword
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flask import current_app

from api.app import create_app
from api.description.openapi import EXTENSION

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "clusterwright"
METHODS = ("get", "put", "post", "patch", "delete", "options")
STREAM = "text/event-stream"
"""What answers so is not called, but followed: ``following`` does it."""
PLACES = ("path", "query", "header")
KEY = "Idempotency-Key"
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
WRITTEN = "scripts/client_code.py writes this file from the OpenAPI document."
Schema = Mapping[str, Any]
Operation = tuple[str, str, Schema]
"""Method, path, and what the document tells of it."""


def render() -> dict[str, str]:
    """Return the text of each file by its name."""
    with create_app().app_context():
        document: Schema = current_app.extensions[EXTENSION]
    operations = sorted(_operations(document), key=lambda row: str(row[2]["operationId"]))
    texts = {
        "documents.py": _documents(document["components"]["schemas"]),
        "operations.py": _calls(operations, document["components"]["schemas"]),
        "methods.py": _methods(operations),
    }
    return {name: _formatted(name, text) for name, text in texts.items()}


def _head(told: str) -> str:
    return f'"""{told}\n\n{WRITTEN}\n"""'


def _operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, rows in document["paths"].items():
        for method in METHODS:
            if method in rows:
                found = dict(rows[method])
                found["parameters"] = [*rows.get("parameters", ()), *found.get("parameters", ())]
                if STREAM not in str(found["responses"]["200" if method == "get" else "default"]):
                    yield method.upper(), path, found


def _type(schema: Schema) -> str:
    """Return a schema as Python writes its type."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "enum" in schema:
        words = ", ".join(repr(str(word)) for word in schema["enum"] if word is not None)
        return f"Literal[{words}]" + (" | None" if None in schema["enum"] else "")
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(map(_type, schema[several])))
    kinds = schema.get("type", "any")
    names = kinds if isinstance(kinds, list) else [kinds]
    return " | ".join(_of_kind(name, schema) for name in names)


def _of_kind(name: str, schema: Schema) -> str:
    if name == "array":
        return f"list[{_type(schema.get('items', {}))}]"
    if name == "object":
        rest = schema.get("additionalProperties")
        return f"dict[str, {_type(rest) if isinstance(rest, dict) else 'Any'}]"
    return PLAIN.get(name, "Any")


def _documents(schemas: Mapping[str, Schema]) -> str:
    lines = [_head("What the API takes and answers, by the names of its document.")]
    lines += ["from typing import Any, Literal, NotRequired, TypedDict", ""]
    done: set[str] = set()
    for name in schemas:
        lines += _with_what_it_needs(name, schemas, done)
    return "\n".join(lines)


def _with_what_it_needs(name: str, schemas: Mapping[str, Schema], done: set[str]) -> Iterator[str]:
    if name in done:
        return
    done.add(name)
    for needed in re.findall(r"#/components/schemas/(\w+)'\}", str(schemas[name])):
        yield from _with_what_it_needs(needed, schemas, done)
    yield _document(name, schemas[name])


def _document(name: str, schema: Schema) -> str:
    if "properties" not in schema and schema.get("type") != "object":
        return f"{name} = {_type(schema)}\n"
    told = str(schema.get("description") or f"``{name}`` of the document")
    lines = [f"class {name}(TypedDict):", f'    """{_sentence(told)}"""', ""]
    for field, inner in schema.get("properties", {}).items():
        kind = _type(inner)
        optional = field not in schema.get("required", ())
        lines.append(f"    {field}: " + (f"NotRequired[{kind}]" if optional else kind))
    return "\n".join([*lines, ""])


def _sentence(text: str) -> str:
    first = " ".join(text.split())
    return first if first.endswith((".", "?")) else f"{first}."


def _calls(operations: list[Operation], schemas: Mapping[str, Schema]) -> str:
    lines = [
        f'"""Every operation of the API, as the call that asks for it; pure.\n\n{WRITTEN}\n"""'
    ]
    lines += ["from collections.abc import Mapping", "from typing import Any, Literal", ""]
    text = "\n".join(_call(*row) for row in operations)
    used = sorted({*re.findall(r"\b(?:[A-Z]\w+)\b", text)} & set(schemas))
    lines += [f"from clusterwright.documents import {', '.join(used)}"]
    lines += ["from clusterwright.calls import Call, Form, new_key, path", "", text]
    return "\n".join(lines)


def _call(method: str, path: str, operation: Schema) -> str:
    rows = operation["parameters"]
    parts, asked, headers = ([row for row in rows if row["in"] == place] for place in PLACES)
    body = operation.get("requestBody")
    raw = body is not None and "application/json" not in body["content"]
    taken = [f"{_name(row['name'])}: str" for row in parts]
    more: list[str] = []
    if body and raw:
        more += ["content: bytes", "headers: Mapping[str, str | None] | None = None"]
    elif body:
        kind = _type(body["content"]["application/json"]["schema"])
        taken.append(f"body: {kind}" + ("" if body.get("required") else " | None = None"))
    more += [f"{_name(row['name'])}: {_type(row['schema'])} | None = None" for row in asked]
    more += [f"{_name(row['name'])}: str | None = None" for row in headers]
    answer, form = _answer(operation["responses"])
    signature = ", ".join([*taken, *(["*", *more] if more else [])])
    said = ", ".join(f"{_name(row['name'])}={_name(row['name'])}" for row in parts)
    template = re.sub(r"\{([\w-]+)\}", lambda found: f"{{{_name(found[1])}}}", path)
    given = [f'"{method}"', f'path("{template}", {said})' if said else f'"{path}"']
    given += _given(asked, headers, "raw" if raw else "json" if body else "")
    if form:
        given.append(f"form={form}")
    summary = _sentence(operation["summary"])
    return (
        f"def {operation['operationId']}({signature}) -> Call[{answer}]:\n"
        f'    """{summary}"""\n    return Call({", ".join(given)})\n\n'
    )


def _given(query: list[Schema], headers: list[Schema], body: str) -> Iterator[str]:
    """Yield what a call is made with beside its method and its address."""
    if query:
        yield "query={" + ", ".join(f'"{row["name"]}": {_name(row["name"])}' for row in query) + "}"
    if body == "raw":
        yield "content=content"
        yield "headers=headers or {}"
    elif body:
        yield "body=body"
    if headers:
        rows = ", ".join(f'"{row["name"]}": {_header(row["name"])}' for row in headers)
        yield f"headers={{{rows}}}"


def _header(name: str) -> str:
    return f"{_name(name)} or new_key()" if name == KEY else _name(name)


def _name(text: str) -> str:
    found = re.sub(r"\W", "_", text).lower()
    return f"{found}_" if keyword.iskeyword(found) or found in dir(builtins) else found


def _answer(responses: Mapping[str, Schema]) -> tuple[str, str]:
    """Return the type of what succeeds, and the form of it where that is not JSON."""
    found: dict[str, None] = {}
    form = ""
    for status in sorted(responses):
        if not status.startswith("2"):
            continue
        content = responses[status].get("content", {})
        if "application/json" in content:
            found[_type(content["application/json"]["schema"])] = None
        elif status == "204":
            found["None"] = None
        else:
            found["str"], form = None, "Form.TEXT"
    return " | ".join(found) or "Any", form


def _methods(operations: list[Operation]) -> str:
    names = [row[2]["operationId"] for row in operations]
    lines = [_head("The methods of the clients: one for each operation.")]
    lines += ["from clusterwright import operations"]
    lines += ["from clusterwright.sending import awaits, sends", ""]
    for group, verb, told in (
        (
            "Methods",
            "sends",
            "A method for each operation; it returns the answer's document.",
        ),
        ("AsyncMethods", "awaits", "The same, to be awaited."),
    ):
        lines += [f"class {group}:", f'    """{told}"""', ""]
        lines += [f"    {name} = {verb}(operations.{name})" for name in names]
        lines += ["", ""]
    return "\n".join(lines)


def _formatted(name: str, text: str) -> str:
    """Return a file as the project's formatter leaves it."""
    file = ["--stdin-filename", str(FOLDER / name), "-"]
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--quiet", "--fix", "--exit-zero"], ["format", "--quiet"]):
        done = subprocess.run(  # noqa: S603  # our own formatter
            [*ruff, *command, *file],
            input=text,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        text = done.stdout
    return text


if __name__ == "__main__":
    for file_name, written in render().items():
        (FOLDER / file_name).write_text(written)
