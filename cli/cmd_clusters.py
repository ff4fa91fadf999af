"""``clusterwright clusters ...``."""

import sys
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import click

from cli.commands import ApiSession, Group, json_option, pass_session
from cli.complete import clusters_named
from cli.follow import follow
from cli.output import age, console, print_json
from cli.pasteable import pasteable
from cli.quorum_view import quorum_lines
from cli.tables import print_rows

COLUMNS = (
    "cluster",
    "topology",
    "environment",
    "channel",
    "nodes",
    "voters",
    "ha",
    "health",
    "seen",
)


@click.group(
    cls=Group, examples=["clusterwright clusters list", "clusterwright clusters show prod"]
)
def clusters() -> None:
    """Clusters: what each should be, and how it was last seen."""


@clusters.command("list", examples=["clusterwright clusters list --json"])
@json_option
@pass_session
def list_clusters(session: ApiSession, *, as_json: bool) -> None:
    """List the clusters."""
    found = session.client.rows("/v1/clusters", "clusters")
    if as_json:
        print_json({"clusters": found})
        return
    if found:
        print_rows(COLUMNS, [_row(row) for row in found])
    else:
        click.echo(f"no clusters; {pasteable('change', '--help')} tells how to ask for one")


def _row(row: Mapping[str, Any]) -> list[str]:
    quorum = row["quorum"]
    return [
        row["name"],
        row["topology"],
        row["environment"],
        row["channel"],
        f"{len(row['control_plane'])}+{len(row['workers'])}",
        _voters(quorum),
        "-" if not quorum else ("yes" if quorum["ha"] else "no"),
        _health(row),
        _age(row.get("observed_at")),
    ]


def _health(row: Mapping[str, Any]) -> str:
    """Return how well a cluster is; of one that is not formed, where its life stands."""
    return str(row["health"] if row["formed"] else row["phase"])


def _age(at: float | None) -> str:
    """Return how long ago a cluster was seen: what it was then says less the older it is."""
    return "-" if at is None else f"{age(time.time() - at)} ago"


def _voters(quorum: Mapping[str, Any] | None) -> str:
    """Return how many voters of how many answer; an old list of them proves nothing."""
    if not quorum:
        return "?"
    if not quorum.get("has_leader", True):
        return "no leader"
    return f"{quorum['voters_alive']}/{quorum['voters']}"


@clusters.command(
    short_help="Look at a cluster now, and draw what is seen.",
    examples=["clusterwright clusters look prod", "clusterwright clusters look prod --json"],
    exits={0: "It was looked at, whatever was seen.", 1: "It could not be looked at."},
    see_also=["clusters show", "jobs show"],
)
@click.argument("name", shell_complete=clusters_named)
@json_option
@pass_session
def look(session: ApiSession, name: str, *, as_json: bool) -> None:
    """Have a job ask the cluster's hosts how it is, and draw it; nothing is changed.

    What is wrong is a finding, and no failure. Other jobs of the cluster are not waited for.
    """
    path = f"/v1/clusters/{quote(name, '')}"
    job = session.client.post(f"{path}/changes", {"kind": "verify", "params": {}})
    view = follow(session.client, job["id"], console(stderr=True))
    if not view.has_succeeded:
        sys.exit(1)
    found = session.client.get(path)
    if as_json:
        print_json(found)
        return
    click.echo(session.client.text(f"{path}/topology.txt").rstrip("\n"))
    for row in found["observation"]["findings"]:
        click.echo(f"{row['severity']} {row['code']}: {row['message']}")


@clusters.command(
    short_help="Draw a cluster: nodes, health, quorum.",
    examples=[
        "clusterwright clusters show prod",
        "clusterwright clusters show prod --mermaid",
        "clusterwright clusters show prod --svg > prod.svg",
    ],
    see_also=["clusters list", "jobs list"],
)
@click.argument("name", shell_complete=clusters_named)
@click.option("--svg", "form", flag_value="svg", help="The drawing as SVG, for a browser.")
@click.option("--mermaid", "form", flag_value="mmd", help="The drawing as a Mermaid flowchart.")
@json_option
@pass_session
def show(session: ApiSession, name: str, *, form: str | None, as_json: bool) -> None:
    """Draw a cluster: nodes with roles and health, the quorum and what it survives.

    Without an option the drawing is text, 80 columns wide. --json is what it is drawn from.
    """
    if form and as_json:
        raise click.UsageError("say --json, --svg or --mermaid: one document at a time")
    path = f"/v1/clusters/{quote(name, '')}"
    if as_json:
        print_json(session.client.get(path))
    else:
        click.echo(session.client.text(f"{path}/topology.{form or 'txt'}").rstrip("\n"))


@clusters.command(
    short_help="Say what a cluster's quorum survives, and try operations on paper.",
    examples=[
        "clusterwright clusters quorum prod",
        "clusterwright clusters quorum prod --what-if stop:cp-2",
        "clusterwright clusters quorum prod --what-if remove:cp-2,add:cp-4 --json",
    ],
    exits={
        0: "The quorum is told, and no operation is refused.",
        1: "An operation is refused, or the quorum could not be told.",
    },
    see_also=["clusters look", "clusters show", "plan"],
)
@click.argument("name", shell_complete=clusters_named)
@click.option(
    "--what-if",
    "tried",
    multiple=True,
    metavar="VERB:NODE,...",
    help="Operations to try, in this order: add (a control plane node), remove (a live one leaves),"
    " remove-dead (one that does not answer), stop (one goes down for a while).",
)
@json_option
@pass_session
def quorum(session: ApiSession, name: str, *, tried: tuple[str, ...], as_json: bool) -> None:
    """Say what a cluster's quorum survives, and what the quorum guard says to operations.

    Nothing happens, and no host is asked: it rests on the last observation. Each operation is
    judged after those before it, with the voters that are alive while it goes on and afterwards.
    """
    path = f"/v1/clusters/{quote(name, '')}/quorum"
    answer = session.client.get(path, what_if=",".join(tried) or None)
    if as_json:
        print_json(answer)
    else:
        console().print("\n".join(quorum_lines(answer)), soft_wrap=True)
    sys.exit(0 if all(row["allowed"] for row in answer["what_if"]) else 1)
