"""``clusterwright clusters ...``."""

from urllib.parse import quote

import click
from rich import box
from rich.table import Table

from cli.commands import Group, Session, json_option, pass_session
from cli.output import console, print_json
from cli.topology import draw


@click.group(cls=Group, epilog="clusterwright clusters list\nclusterwright clusters show prod")
def clusters() -> None:
    """Clusters as they are meant to be and as they were last seen."""


@clusters.command("list", epilog="clusterwright clusters list --json")
@json_option
@pass_session
def list_clusters(session: Session, *, as_json: bool) -> None:
    """List the clusters."""
    answer = session.client.get("/v1/clusters")
    if as_json:
        print_json(answer)
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("cluster", "topology", "environment", "channel", "nodes", "voters", "ha"):
        table.add_column(column, no_wrap=True)
    for row in answer["clusters"]:
        quorum = row["quorum"]
        table.add_row(
            row["name"],
            row["topology"],
            row["environment"],
            row["channel"],
            f"{len(row['control_plane'])}+{len(row['workers'])}",
            f"{quorum['voters_alive']}/{quorum['voters']}" if quorum else "?",
            "-" if not quorum else ("yes" if quorum["ha"] else "no"),
        )
    console().print(table if answer["clusters"] else "no clusters; clusterwright change makes one")


@clusters.command(epilog="clusterwright clusters show prod")
@click.argument("name")
@json_option
@pass_session
def show(session: Session, name: str, *, as_json: bool) -> None:
    """Draw a cluster: nodes with roles and health, the quorum and what it survives."""
    cluster = session.client.get(f"/v1/clusters/{quote(name, '')}")
    if as_json:
        print_json(cluster)
    else:
        console().print(draw(cluster), soft_wrap=True)
