"""``clusterwright backups ...``."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import click

from cli.asked_job import followed
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
    see_also=["backups show", "backups copy", "change"],
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
        if note := _uncopied(cluster, found):
            click.echo(note)
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


@backups.command(
    short_help="Copy backups to the bucket that have no copy there.",
    examples=[
        "clusterwright backups copy prod",
        "clusterwright backups copy prod 20261128T020000Z-3f2a91c0",
    ],
    exits={
        0: "Each of them has a copy that was read back.",
        1: "It was refused, or its job did not succeed.",
        130: "Ctrl-C; the job goes on.",
    },
    see_also=["backups list", "jobs show"],
)
@click.argument("cluster", shell_complete=clusters_named)
@click.argument("name", required=False)
@json_option
@pass_session
def copy(session: ApiSession, cluster: str, name: str | None, *, as_json: bool) -> None:
    """Copy the backup NAME of CLUSTER to the bucket; each that has no copy without a NAME.

    A job does it where the Celery worker keeps them, and reads each copy back, also those that
    are there: what is not what was sealed is sent again. Other changes of the cluster are not
    waited for.
    """
    body = {"kind": "copy-backups", "params": {"backup": name or ""}}
    job = session.client.post(f"/v1/clusters/{quote(cluster, safe='')}/changes", body)
    followed(session, job["id"], as_json=as_json)


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
    """Say where the sealed file is, and which bucket has a copy; an earlier API tells nothing."""
    bucket = row.get("copy", "").removesuffix(f"/{row['cluster']}/{row['name']}.sealed")
    places = {"here": row.get("here", True), bucket: bool(bucket)}
    return ", ".join(place for place, has_it in places.items() if has_it) or "nowhere"


def _uncopied(cluster: str, found: list[dict[str, Any]]) -> str:
    """Say how many have no copy, where others have one; empty where none has, or all have."""
    without = sum(not row.get("copy") for row in found)
    if without in {0, len(found)}:
        return ""
    has = "has" if without == 1 else "have"
    return f"{without} of {len(found)} {has} no copy: {pasteable('backups', 'copy', cluster)}"


def _size(count: int) -> str:
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.0f} KiB" if count < 1024**2 else f"{count / 1024**2:.1f} MiB"
