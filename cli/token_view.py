"""A token as the command line tells of it."""

from collections.abc import Mapping
from typing import Any

import click

from cli.output import print_json

ENVIRONMENTS = ("dev", "staging", "prod")
MINUTES = len("2026-11-27T21:30")


def tell(row: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one token, a line for each fact of it."""
    if as_json:
        print_json(row)
        return
    facts = {
        "id": row["id"],
        "name": row["name"],
        "owner": row["owner"],
        "status": row["status"],
        "roles": roles_of(row),
        "for": clusters_of(row),
        "may": ", ".join(map(_grant, row["grants"])),
        "created": minute(row["created_time"]),
        "created by": row["created_by"] or "-",
        "ends": minute(row["expires_time"]),
        "last used": minute(row["last_used_time"]),
        "replaced by": row["replaced_by"] or "-",
    }
    for key, value in facts.items():
        click.echo(f"{key + ':':<14}{value or '-'}")


def one_line(row: Mapping[str, Any]) -> str:
    """Return what a token is in one line."""
    return (
        f"{row['id']} ({row['name']}) of {row['owner']}: {roles_of(row)}, "
        f"for {clusters_of(row)}, "
        f"ends {minute(row['expires_time'])}"
    )


def roles_of(row: Mapping[str, Any]) -> str:
    """Return a token's roles; one whose grants were written by hand has none."""
    return ", ".join(row["roles"]) or "grants"


def clusters_of(row: Mapping[str, Any]) -> str:
    """Return which clusters a token is for; grants written by hand say it each for itself."""
    if not row["roles"]:
        return "-"
    return _clusters(row["clusters"], row["environments"])


def _grant(grant: Mapping[str, Any]) -> str:
    where = _clusters(grant["clusters"], grant["environments"])
    return str(grant["permission"]) + ("" if where == "all clusters" else f" ({where})")


def _clusters(pattern: str, environments: list[str]) -> str:
    named = "all clusters" if pattern == "*" else pattern
    every = set(environments) == set(ENVIRONMENTS)
    return named if every else f"{named} in {', '.join(environments)}"


def minute(moment: str | None) -> str:
    """Return RFC 3339 to the minute, in UTC."""
    return f"{moment[:MINUTES].replace('T', ' ')} UTC" if moment else "never"
