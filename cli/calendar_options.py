"""What the commands for windows and for freezes have in common."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import click

from cli.commands import ApiSession
from cli.output import print_json
from cli.token_view import ENVIRONMENTS

_Command = TypeVar("_Command", bound=Callable[..., Any])


def reach_options(command: _Command) -> _Command:
    """Add the options that say which clusters something is for."""
    environment = click.option(
        "--environment",
        "environments",
        type=click.Choice(ENVIRONMENTS),
        multiple=True,
        help="Only clusters of this environment. Repeatable.  [default: all]",
    )
    clusters = click.option(
        "--clusters", default="*", show_default=True, help="A pattern of clusters' names."
    )
    return clusters(environment(command))


def reach_body(clusters: str, environments: tuple[str, ...]) -> dict[str, Any]:
    """Return which clusters something is for, as a request says it."""
    body: dict[str, Any] = {"clusters": clusters}
    if environments:
        body["environments"] = list(dict.fromkeys(environments))
    return body


def put(
    session: ApiSession,
    sort: str,
    name: str,
    body: Mapping[str, Any],
    line: Callable[[Mapping[str, Any]], str],
    *,
    as_json: bool,
) -> None:
    """Put a window or a freeze, and tell it, in a ``line`` or as JSON."""
    row = session.client.put(f"/v1/{sort}/{quote(name, '')}", body)
    if as_json:
        print_json(row)
    else:
        click.echo(line(row))


def removed(session: ApiSession, sort: str, name: str, *, as_json: bool) -> None:
    """Take a window or a freeze away, and say so."""
    session.client.delete(f"/v1/{sort}/{quote(name, '')}")
    if as_json:
        print_json({"removed": name})
    else:
        click.echo(f"{name}: removed")
