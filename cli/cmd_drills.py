"""``clusterwright drills ...``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from cli.cmd_evidence import write
from cli.commands import ApiSession, Group, json_option, pass_session
from cli.complete import clusters_named, jobs_begun
from cli.output import print_json
from cli.pasteable import pasteable
from cli.tables import print_rows
from cli.visible import visible

COLUMNS = ("job", "asked", "stopped", "as", "away", "not ready", "ready again", "verdict")
MOST_JOBS = 200
"""The newest jobs of a cluster among which drills are looked for: one page of the API."""
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
    """List the newest 20 drills among the newest 200 jobs of CLUSTER, the newest first."""
    jobs = session.client.get("/v1/jobs", cluster=cluster, per_page=MOST_JOBS)["jobs"]
    ids = [job["id"] for job in jobs if job["kind"] == "drill"][:MOST]
    found = [session.client.get(_path(job), format="json") for job in ids]
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
@click.argument("job_id", metavar="JOB", shell_complete=jobs_begun)
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it to FILE, which only its owner may read.",
)
@json_option
@pass_session
def report(session: ApiSession, job_id: str, *, file: Path | None, as_json: bool) -> None:
    """Show the report of the drill JOB as Markdown: T0 to T5, the probes, the verdict.

    The beginning of its id is enough: 4 signs or more.
    """
    if as_json:
        print_json(session.client.get(_path(job_id), format="json"))
        return
    text = session.client.text(_path(job_id), format="markdown")
    if file is None:
        click.echo(visible(text), nl=False)
        return
    write(file, text)
    click.echo(f"wrote {file} ({len(text.encode())} bytes)", err=True)


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
        _seconds(told["seconds"]),
        _seconds(moments.get("not_ready")),
        _seconds(moments.get("ready")),
        verdicts[told["passed"]],
    ]


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:g} s"
