"""How a param of a change is said in words of a command line, by the schema that the API tells.

Nothing is known of any kind: ``workers`` of hosts becomes ``--workers n1,n2``, labels by node
become ``--labels n1:disk=ssd``, whatever they are for.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import click

from cli.key_values import pair

MEANING = "x-clusterwright-meaning"
"""Under this a schema says what a name stands for."""
WORDS = {"free-host": "HOST", "node": "NODE", "control-plane-node": "NODE", "cluster": "CLUSTER"}
"""What stands for a name in a synopsis, by its meaning."""
Schema = Mapping[str, Any]


class Form(StrEnum):
    """How values are said."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    YES_OR_NO = "yes-or-no"
    NAMES = "names"  # with commas between
    LIST = "list"  # one each time
    PAIRS = "pairs"  # KEY=VALUE each time
    PAIRS_BY_NAME = "pairs-by-name"  # NAME:KEY=VALUE each time
    LISTS_BY_NAME = "lists-by-name"  # NAME:VALUE each time
    JSON = "json"  # whatever has no form of its own


REPEATABLE = frozenset({Form.NAMES, Form.LIST, Form.PAIRS, Form.PAIRS_BY_NAME, Form.LISTS_BY_NAME})
OF_TYPES = {
    "boolean": Form.YES_OR_NO,
    "integer": Form.NUMBER,
    "number": Form.NUMBER,
    "string": Form.TEXT,
}
BY_NAME = {
    Form.TEXT: Form.PAIRS,
    Form.CHOICE: Form.PAIRS,
    Form.PAIRS: Form.PAIRS_BY_NAME,
    Form.LIST: Form.LISTS_BY_NAME,
}
"""How a map is said, by the form of its values."""


def form_of(schema: Schema) -> Form:
    """Return how values of a schema are said."""
    if "enum" in schema:
        return Form.CHOICE
    match _type(schema):
        case "array" if form_of(schema.get("items", {})) in {Form.TEXT, Form.CHOICE}:
            return Form.NAMES if MEANING in schema["items"] else Form.LIST
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return BY_NAME.get(form_of(schema["additionalProperties"]), Form.JSON)
        case kind:
            return OF_TYPES.get(kind, Form.JSON)


def _type(schema: Schema) -> str:
    """Return a schema's type; one that may be null is what it is otherwise."""
    declared = schema.get("type", "")
    types = [
        word for word in ([declared] if isinstance(declared, str) else declared) if word != "null"
    ]
    return types[0] if len(types) == 1 else ""


def meaning_of(schema: Schema) -> str:
    """Return what the names in a value mean; empty where it has none with a meaning."""
    places = (schema, schema.get("items", {}), schema.get("propertyNames", {}))
    return next((place[MEANING] for place in places if MEANING in place), "")


def metavar(schema: Schema) -> str:
    """Return what stands for a value in a synopsis."""
    name = WORDS.get(meaning_of(schema), "")
    match form_of(schema):
        case Form.NAMES:
            return f"{name or 'NAME'},..."
        case Form.PAIRS:
            return f"{name or 'KEY'}=VALUE"
        case Form.PAIRS_BY_NAME:
            return f"{name or 'NAME'}:KEY=VALUE"
        case Form.LISTS_BY_NAME:
            return f"{name or 'NAME'}:VALUE"
        case Form.TEXT:
            return name or "TEXT"
        case Form.LIST:
            return "VALUE"
        case form:
            return form.upper()


def read(schema: Schema, given: Any, option: str) -> Any:
    """Return what was said as a request has it; raises ``BadParameter``."""
    match form_of(schema):
        case Form.NAMES:
            return [name.strip() for text in given for name in text.split(",") if name.strip()]
        case Form.LIST:
            return list(given)
        case Form.PAIRS:
            return dict(pair(text, option, metavar(schema)) for text in given)
        case Form.PAIRS_BY_NAME:
            found: dict[str, dict[str, str]] = {}
            for name, text in _by_name(schema, given, option):
                key, value = pair(text, option, metavar(schema))
                found.setdefault(name, {})[key] = value
            return found
        case Form.LISTS_BY_NAME:
            lists: dict[str, list[str]] = {}
            for name, text in _by_name(schema, given, option):
                lists.setdefault(name, []).append(text)
            return lists
        case Form.JSON:
            return json_or_text(given)
        case Form.NUMBER if _type(schema) == "integer":
            return int(given)
        case _:
            return given


def _by_name(schema: Schema, given: Sequence[str], option: str) -> Iterator[tuple[str, str]]:
    for text in given:
        name, colon, rest = text.partition(":")
        if not (name and colon and rest):
            raise click.BadParameter(f"{text}: {metavar(schema)} is wanted", param_hint=option)
        yield name, rest


def json_or_text(text: str) -> Any:
    """Read JSON, or take what is none as it stands."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def flag_of(name: str) -> str:
    """Return the option of a param."""
    return "--" + name.replace("_", "-")


def words(name: str, schema: Schema, value: Any) -> Iterator[str]:
    """Yield the words that say a value: what ``read`` makes of them is the value again."""
    flag = flag_of(name)
    match form_of(schema):
        case Form.YES_OR_NO:
            yield flag if value else flag.replace("--", "--no-", 1)
        case Form.NAMES:
            yield from (flag, ",".join(value))
        case Form.LIST:
            yield from (word for one in value for word in (flag, one))
        case Form.PAIRS:
            yield from (word for key, one in value.items() for word in (flag, f"{key}={one}"))
        case Form.PAIRS_BY_NAME:
            for of, pairs in value.items():
                yield from (w for key, one in pairs.items() for w in (flag, f"{of}:{key}={one}"))
        case Form.LISTS_BY_NAME:
            for of, ones in value.items():
                yield from (word for one in ones for word in (flag, f"{of}:{one}"))
        case Form.JSON:
            yield from (flag, json.dumps(value))
        case _:
            yield from (flag, str(value))
