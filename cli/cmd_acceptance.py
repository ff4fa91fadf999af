"""``clusterwright acceptance``."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

import click

from cli.acceptance.hosts import CLUSTER, disposable, refuse_hosts_in_use, shape
from cli.acceptance.report import Report, markdown
from cli.acceptance.story import tell
from cli.commands import ApiSession, json_option, pass_session
from cli.errors import Failure
from cli.follow import follow
from cli.host_files.formats import read
from cli.host_import import send
from cli.host_record import path_of
from cli.manual import Manual
from cli.output import console, print_json


@click.command(
    short_help="Try the main job on real hosts that are given up for it.",
    cls=Manual,
    examples=[
        "clusterwright acceptance --hosts hosts.json",
        "clusterwright acceptance --confirm 'n1 n2 n3' --output reports",
    ],
    exits={
        0: "All that was to be seen was seen.",
        1: "Something was not, or the hosts were refused: then nothing was changed.",
    },
    see_also=["hosts import", "doctor", "jobs show"],
)
@click.option(
    "--hosts",
    "file",
    type=click.File("rb"),
    help="JSON as 'hosts list --json' prints it; default: hosts labelled "
    "clusterwright.io/disposable=true.",
)
@click.option("--confirm", metavar="'NAMES'", help="The hosts' names, instead of being asked.")
@click.option("--channel", help="The snap channel; default: that of create-cluster.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default="this folder",
    help="Where the two reports go.",
)
@json_option
@pass_session
def acceptance(
    session: ApiSession,
    *,
    file: BinaryIO | None,
    confirm: str | None,
    channel: str | None,
    output: Path,
    as_json: bool,
) -> None:
    """Try the whole main job on real hosts that you give up for it, and write a report.

    A job that is made to fail at its last step, its retry, its rollback, and then the cluster
    itself, formed anew. Three hosts or more form a highly available cluster; further ones join as
    workers. What these hosts hold of MicroK8s afterwards is the acceptance's own; a host that
    belongs to a cluster, or has a MicroK8s already, is refused before anything is changed.
    """
    client = session.client
    inventory = client.rows("/v1/hosts", "hosts")
    rows = read(file.read(), file.name, "json").chosen(()) if file else []
    given = [dict(row.values) for row in rows] or disposable(inventory)
    refuse_hosts_in_use(given, inventory)
    _confirmed([row["name"] for row in given], confirm)
    known = {row["name"] for row in inventory}
    if new := [row for row in rows if row.name not in known]:
        send(client, new, replace=False, dry_run=False)
    names = [row["name"] for row in given]
    report = _report([client.get(path_of(name)) for name in names], channel)
    try:
        tell(client, report, lambda job: follow_job(session, job))
    finally:
        paths = _write(report, output)
        if not any(job["status"] == "succeeded" for _, job in report.jobs):
            _forget(session, [row["name"] for row in given if row["name"] not in known])
    if as_json:
        print_json(report.as_dict())
    else:
        for check in report.checks:
            click.echo(f"{'✓' if check.passed else '✗'} {check.title}")
            if not check.passed:
                click.echo(f"    {check.detail}")
        click.echo(f"{report.left}\nreports: {', '.join(map(str, paths))}")
    sys.exit(0 if report.passed else 1)


def follow_job(session: ApiSession, job_id: str) -> None:
    follow(session.client, job_id, console(stderr=True))


def _confirmed(names: Sequence[str], confirm: str | None) -> None:
    """Go on only when somebody has typed the hosts' names."""
    if confirm is None:
        click.echo(
            f"These hosts are given up: {', '.join(names)}. MicroK8s is installed, removed and "
            "installed again on them.",
            err=True,
        )
        confirm = click.prompt(
            "Type their names to go on", err=True, default="", show_default=False
        )
    typed = confirm.replace(",", " ").split()
    if sorted(typed) != sorted(names):
        raise Failure(
            f"cannot begin: {' '.join(typed) or 'nothing'} was typed, and the hosts are "
            f"{' '.join(names)}; nothing was changed"
        )


def _report(hosts: Sequence[dict[str, Any]], channel: str | None) -> Report:
    kept = ("name", "address", "port", "user", "node_address", "site", "zone", "jump")
    params = shape([row["name"] for row in hosts]) | ({"channel": channel} if channel else {})
    return Report(
        version=version("clusterwright"),
        began=datetime.now(UTC).isoformat(timespec="seconds"),
        hosts=[{key: row.get(key) for key in kept} for row in hosts],
        params=params,
    )


def _write(report: Report, folder: Path) -> tuple[Path, Path]:
    stamp = report.began.replace(":", "").replace("+0000", "Z")
    page, document = folder / f"{CLUSTER}-{stamp}.md", folder / f"{CLUSTER}-{stamp}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.write_text(markdown(report))
        document.write_text(json.dumps(report.as_dict(), indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise Failure(f"cannot write the report to {folder}: {error.strerror}") from error
    return page, document


def _forget(session: ApiSession, names: Sequence[str]) -> None:
    """Take the hosts out again that came in for this: nothing stands on them."""
    for name in names:
        if not session.client.get(path_of(name))["cluster"]:
            session.client.delete(path_of(name))
