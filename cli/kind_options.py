"""The options of a kind of change, made from the schema of its params."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from cli.complete import Complete, clusters_named, control_plane_named, hosts_free, nodes_named
from cli.kinds import Kind
from cli.param_forms import REPEATABLE, Form, flag_of, form_of, meaning_of, metavar, read, words

COMPLETES: Mapping[str, Complete] = {
    "free-host": hosts_free,
    "node": nodes_named,
    "control-plane-node": control_plane_named,
    "cluster": clusters_named,
}
"""What completes a name, by its meaning."""


class ParamOption(click.Option):
    """An option that says one param of a kind."""

    def __init__(self, param: str, schema: Mapping[str, Any], *, is_required: bool) -> None:
        self.param, self.schema = param, schema
        form, flag = form_of(schema), flag_of(param)
        is_flag = form is Form.YES_OR_NO
        super().__init__(
            [f"{flag}/{flag.replace('--', '--no-', 1)}" if is_flag else flag, f"param_{param}"],
            default=None,
            multiple=form in REPEATABLE,
            type=_type(form, schema),
            metavar=None if form in {Form.CHOICE, Form.YES_OR_NO} else metavar(schema),
            help=" ".join(_help_sentences(schema, form, is_required=is_required)),
            shell_complete=COMPLETES.get(meaning_of(schema)),
        )

    def value(self, given: Any) -> Any:
        """Return the param as a request has it; ``None`` where nothing was said."""
        return None if given in (None, ()) else read(self.schema, given, self.opts[0])


def _type(form: Form, schema: Mapping[str, Any]) -> click.ParamType[Any]:
    if form is Form.CHOICE:
        return click.Choice([str(word) for word in schema["enum"] if word is not None])
    if form is Form.YES_OR_NO:
        return click.BOOL
    if form is Form.NUMBER:
        return click.INT if "integer" in schema["type"] else click.FLOAT
    return click.STRING


def _help_sentences(schema: Mapping[str, Any], form: Form, *, is_required: bool) -> Iterator[str]:
    """Yield the sentences of an option's help."""
    yield str(schema.get("description", "No more is told of it")).replace("`", "") + "."
    if form in REPEATABLE - {Form.NAMES}:
        yield "Repeatable."
    default = schema.get("default")
    if default not in (None, "", [], {}, False):
        yield f" [default: {default}]"
    if is_required:
        yield " [required]"


def options_of(kind: Kind, taken: frozenset[str]) -> list[ParamOption]:
    """Return a kind's options; a param whose name is ``taken`` is said with ``--param``."""
    schema = kind["schema"]
    required = schema.get("required", ())
    return [
        ParamOption(name, found, is_required=name in required)
        for name, found in schema.get("properties", {}).items()
        if flag_of(name) not in taken and name.isidentifier()
    ]


def example_of(kind: Kind, taken: frozenset[str]) -> list[str]:
    """Return the words that say a kind's example."""
    properties = kind["schema"].get("properties", {})
    return [
        word
        for name, value in kind["example"].items()
        if name in properties and flag_of(name) not in taken
        for word in words(name, properties[name], value)
    ]
