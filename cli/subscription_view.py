"""Subscriptions and deliveries as the command line tells of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import click

from cli.output import print_json
from cli.tables import print_rows
from cli.token_view import minute

Row = Mapping[str, Any]


def print_subscriptions(rows: Sequence[Row]) -> None:
    """Print a line for each."""
    columns = ("name", "by", "receiver", "told of", "state", "waiting", "dead", "last delivered")
    cells = [
        (
            row["name"],
            row["notifier"],
            row["receiver"],
            told_of(row),
            row["state"],
            str(row["waiting"]),
            str(row["dead"]),
            minute(row["last_delivered_time"]),
        )
        for row in rows
    ]
    print_rows(columns, cells)


def print_deliveries(rows: Sequence[Row]) -> None:
    """Print a line for each."""
    if not rows:
        click.echo("nothing was delivered yet, and nothing waits")
        return
    columns = ("delivery", "event", "job", "state", "attempts", "happened", "next", "error")
    cells = [
        (
            row["id"],
            row["type"],
            row["job"],
            row["state"],
            str(row["attempts"]),
            minute(row["happened_time"]),
            minute(row["due_time"]) if row["due"] else "-",
            row["error"] or "-",
        )
        for row in rows
    ]
    print_rows(columns, cells)


def tell(row: Row, *, as_json: bool) -> None:
    """Print one subscription, a line for each fact of it."""
    if as_json:
        print_json(row)
        return
    facts = {
        "name": row["name"],
        "receiver": f"{row['receiver']}, by {row['notifier']}",
        "told of": told_of(row),
        "state": f"{row['state']}{': ' + row['because'] if row['because'] else ''}",
        "added": f"{minute(row['created_time'])} by {row['created_by'] or '-'}",
        "waiting": row["waiting"],
        "dead": row["dead"],
        "not kept": row["dropped"],
        "last": minute(row["last_delivered_time"]),
        "last error": row["last_error"] or "-",
    }
    for key, value in facts.items():
        click.echo(f"{key + ':':<12}{value}")


def told_of(row: Row) -> str:
    """Return what a subscription is told of, in one line."""
    parts = [", ".join(row["events"])]
    parts += [f"of {', '.join(row['kinds'])}"] if row["kinds"] else []
    parts += [f"that are {', '.join(row['statuses'])}"] if row["statuses"] else []
    parts += [f"on {row['clusters']}"] if row["clusters"] != "*" else []
    parts += [f"in {', '.join(row['environments'])}"] if row["environments"] else []
    parts += [f"asked for by {row['source']}"] if row["source"] else []
    parts += [f"of job {row['job']}"] if row["job"] else []
    return " ".join(parts) + (", once" if row["once"] else "")


def path_of(name: str) -> str:
    """Return the address of a subscription."""
    return f"/v1/subscriptions/{quote(name, '')}"


def said(wish: Row) -> dict[str, Any]:
    """Return what was said of the options of a wish: each value of a list once."""
    return {
        key: list(dict.fromkeys(value)) if isinstance(value, tuple) else value
        for key, value in wish.items()
        if value
    }


def setting(text: str) -> tuple[str, str]:
    """Return the name and the value of a setting. Raises ``UsageError`` for what is none."""
    key, found, value = text.partition("=")
    if not found:
        raise click.UsageError(f"cannot read --set {text}: say KEY=VALUE, such as body=standard")
    return key, value
