"""Writes the part of docs/changes.md that tells of each kind, from ``workflows/kinds``.

Run ``.venv/bin/python scripts/changes_page.py`` after a change of one; a test compares the two.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from marshmallow import fields

from workflows.kinds import KINDS
from workflows.plan import Kind, Needs

PAGE = Path(__file__).resolve().parent.parent / "docs" / "changes.md"
BEGIN, END = "<!-- kinds: begin -->\n", "<!-- kinds: end -->\n"
NEEDS = {
    Needs.NEW: "It needs a name that no cluster has yet.",
    Needs.EXISTING: "It needs a cluster that is formed.",
    Needs.ANY: "It fits a formed cluster, and a name that no cluster has yet.",
}


def render() -> str:
    """Return the whole page: what stands around the kinds is kept as it is."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + "\n".join(_lines()) + "\n" + END + after


def _lines() -> Iterator[str]:
    yield "| kind | what |\n| --- | --- |"
    for kind in KINDS.values():
        yield f"| [`{kind.name}`](#{kind.name}) | {kind.summary} |"
    for kind in KINDS.values():
        yield from _section(kind)


def _section(kind: Kind) -> Iterator[str]:
    final = " There is no way back from it." if kind.is_final else ""
    asks = f" Whoever asks needs the permission `{kind.permission}`{_milder(kind)}."
    yield f"\n### `{kind.name}`\n\n{kind.summary}. {NEEDS[kind.needs]}{final}{asks}\n"
    params = kind.schema().fields
    if params:
        yield "| param | | what |\n| --- | --- | --- |"
    for name, field in params.items():
        yield f"| `{name}` | {_need(field)} | {field.metadata.get('description', '')} |"
    example = json.dumps(kind.example, indent=2)
    yield f"\n```json\n{example}\n```"


def _milder(kind: Kind) -> str:
    if kind.milder is None:
        return ""
    values = " or ".join(f"`{value}`" for value in kind.milder.values)
    return f", or `{kind.milder.permission}` where `{kind.milder.field}` is {values}"


def _need(field: fields.Field[Any]) -> str:
    if field.required:
        return "required"
    default = field.load_default
    if callable(default) or default in (None, ""):
        return "optional"
    return f"`{default}` if left out"


if __name__ == "__main__":
    PAGE.write_text(render())
