"""``clusterwright drills ...``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from cli.commands import ApiSession, Group, json_option, pass_session
from cli.complete import clusters_named
from cli.output import print_json
from cli.pasteable import pasteable
from cli.reports import job_argument, output_option, show_or_write
from cli.tables import print_rows

COLUMNS = ("job", "asked", "stopped", "as", "by", "away", "not ready", "ready again", "verdict")
MOST = 20


@click.group(
    cls=Group,
    short_help="Drills of clusters: what the loss of a node has shown.",
    examples=["clusterwright drills list staging", "clusterwright drills report 3f2a91c0"],
    see_also=["drills report", "change"],
)
def drills() -> None:
    """Drills of clusters: a node is stopped on purpose, and what that has shown.

    They are carried out with change drill.
    """


@drills.command(
    "list",
    short_help="List the newest drills of a cluster, with their verdicts.",
    examples=["clusterwright drills list staging", "clusterwright drills list staging --json"],
    see_also=["drills report", "change"],
)
@click.argument("cluster", shell_complete=clusters_named)
@json_option
@pass_session
def list_drills(session: ApiSession, cluster: str, *, as_json: bool) -> None:
    """List the newest 20 drills of CLUSTER, the newest first; also of one that is no more."""
    path = f"/v1/clusters/{quote(cluster, safe='')}/drills"
    found = session.client.get(path, per_page=MOST)["drills"]
    if as_json:
        print_json({"drills": found})
        return
    if found:
        print_rows(COLUMNS, list(map(_row, found)))
    else:
        first = pasteable("change", "drill", cluster, "--target", "worker")
        click.echo(f"no drills of {cluster}; {first} is one")


@drills.command(
    short_help="Show what a drill has shown: moments, probes, verdict.",
    examples=[
        "clusterwright drills report 3f2a91c0",
        "clusterwright drills report 3f2a91c0 -o drill.md",
        "clusterwright drills report 3f2a91c0 --json",
    ],
    see_also=["drills list", "jobs evidence"],
)
@job_argument
@output_option
@json_option
@pass_session
def report(session: ApiSession, job_id: str, *, file: Path | None, as_json: bool) -> None:
    """Show the report of the drill JOB as Markdown: T0 to T5, the probes, the verdict.

    The beginning of its id is enough: 4 signs or more.
    """
    if as_json:
        print_json(session.client.get(_path(job_id), format="json"))
        return
    show_or_write(session.client.text(_path(job_id), format="markdown"), file)


def _path(job_id: str) -> str:
    return f"/v1/jobs/{quote(job_id, safe='')}/drill"


def _row(told: Mapping[str, Any]) -> list[str]:
    moments = {row["name"]: row["seconds"] for row in told["moments"]}
    verdicts = {True: "passed", False: "not passed", None: f"none ({told['job']['status']})"}
    return [
        told["job"]["id"][:8],
        told["asked"]["time"],
        told["host"] or "-",
        told["target"] or "-",
        told.get("how") or "stop",
        _seconds(told["seconds"]),
        _seconds(moments.get("not_ready")),
        _seconds(moments.get("ready")),
        verdicts[told["passed"]],
    ]


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:g} s"
