"""Files that list hosts, as ``hosts list --json`` prints them."""

import json
from typing import Any, TextIO

import click


def jumps_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows in an order in which each comes behind its jump host; else as they were."""
    ordered: list[dict[str, Any]] = []
    left = list(rows)
    while left:
        names = {row["name"] for row in left}
        ready = [row for row in left if row.get("jump") not in names]
        ordered += ready or left  # of a circle, the API tells what is wrong with it
        left = [row for row in left if row not in ready] if ready else []
    return ordered


def rows_of(file: TextIO) -> list[dict[str, Any]]:
    try:
        document = json.load(file)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="FILE") from error
    rows = document.get("hosts") if isinstance(document, dict) else document
    named = isinstance(rows, list) and all(
        isinstance(row, dict) and isinstance(row.get("name"), str) for row in rows
    )
    if not named:
        raise click.BadParameter("a list of hosts with names is wanted", param_hint="FILE")
    return list(rows or ())
