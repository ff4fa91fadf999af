"""``clusterwright backups ...``."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import click

from cli.commands import ApiSession, Group, json_option, pass_session
from cli.complete import clusters_named
from cli.errors import Failure
from cli.output import age, print_json
from cli.pasteable import pasteable
from cli.tables import print_rows

COLUMNS = ("backup", "taken", "from", "nodes", "version", "objects", "size", "kept")
MOST_SORTS = 12
"""Sorts of objects that are shown of a backup; those with the most."""


@click.group(
    cls=Group,
    examples=["clusterwright backups list prod", "clusterwright backups show prod"],
    see_also=["backups list", "change"],
)
def backups() -> None:
    """Backups of clusters: which there are, and what is in each.

    They are taken with change backup, proved with change verify-backup, and put back with change
    restore.
    """


@backups.command(
    "list",
    short_help="List the backups of a cluster, the newest first.",
    examples=["clusterwright backups list prod", "clusterwright backups list prod --json"],
    see_also=["backups show", "change"],
)
@click.argument("cluster", shell_complete=clusters_named)
@json_option
@pass_session
def list_backups(session: ApiSession, cluster: str, *, as_json: bool) -> None:
    """List the backups of CLUSTER, the newest first; also of one that is no more."""
    found = _backups(session, cluster)
    if as_json:
        print_json({"backups": found})
        return
    if found:
        print_rows(COLUMNS, list(map(_row, found)))
    else:
        click.echo(
            f"no backups of {cluster}; {pasteable('change', 'backup', cluster)} takes the first"
        )


@backups.command(
    short_help="Show one backup: what was counted in it, and its digests.",
    examples=[
        "clusterwright backups show prod",
        "clusterwright backups show prod 20261128T020000Z-3f2a91c0 --json",
    ],
    see_also=["backups list", "change"],
)
@click.argument("cluster", shell_complete=clusters_named)
@click.argument("name", required=False)
@json_option
@pass_session
def show(session: ApiSession, cluster: str, name: str | None, *, as_json: bool) -> None:
    """Show the backup NAME of CLUSTER; the newest where no NAME is given."""
    found = _backups(session, cluster)
    wanted = next((row for row in found if name in (None, row["name"])), None)
    if wanted is None:
        raise Failure(
            f"cannot show {f'backup {name}' if name else 'a backup'} of {cluster}: there are "
            f"{len(found)}, and it is none of them; see {pasteable('backups', 'list', cluster)}"
        )
    if as_json:
        print_json(wanted)
        return
    for label, text in _lines(wanted):
        click.echo(f"{label:<10} {text}")


def _backups(session: ApiSession, cluster: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = session.client.get(
        f"/v1/clusters/{quote(cluster, safe='')}/backups"
    )["backups"]
    return found


def _row(row: Mapping[str, Any]) -> list[str]:
    return [
        row["name"],
        f"{age(time.time() - row['at'])} ago",
        row["host"],
        str(len(row["nodes"])),
        ", ".join(row["versions"]) or "?",
        str(row["entries"]),
        _size(row["sealed_bytes"]),
        _kept(row),
    ]


def _lines(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    most = sorted(row["objects"].items(), key=lambda pair: (-pair[1], pair[0]))
    sorts = ", ".join(f"{count} {sort}" for sort, count in most[:MOST_SORTS])
    more = f", and {len(most) - MOST_SORTS} sorts more" if len(most) > MOST_SORTS else ""
    return [
        ("backup", f"{row['name']} of {row['cluster']}"),
        ("taken", f"{row['time']} from {row['host']}, by job {row['job'] or '-'}"),
        ("nodes", f"{', '.join(row['nodes']) or '?'} ({', '.join(row['versions']) or '?'})"),
        ("objects", f"{row['entries']}: {sorts}{more}"),
        ("archive", f"{_size(row['archive_bytes'])}, sha256 {row['archive_sha256']}"),
        ("sealed", f"{_size(row['sealed_bytes'])}, sha256 {row['sealed_sha256']}"),
        ("key", row["key"]),
        ("kept", _kept(row)),
        *([("copy", row["copy"])] if row.get("copy") else []),
    ]


def _kept(row: Mapping[str, Any]) -> str:
    """Say in a word or two where the sealed file is; an earlier API tells nothing of it."""
    places = {"here": row.get("here", True), "bucket": bool(row.get("copy"))}
    return ", ".join(place for place, has_it in places.items() if has_it) or "nowhere"


def _size(count: int) -> str:
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.0f} KiB" if count < 1024**2 else f"{count / 1024**2:.1f} MiB"
