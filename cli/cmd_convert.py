"""``clusterwright convert``: a file of another tool as a start of a cluster's file."""

from pathlib import Path

import click

from cli.cluster_imports.imported import cluster_file, hosts_file
from cli.cluster_imports.reading import read
from cli.commands import json_option
from cli.errors import Failure
from cli.manual import Manual
from cli.output import print_json
from cli.pasteable import pasteable
from cli.read_text import text_at
from cli.visible import visible


@click.command(
    cls=Manual,
    short_help="Make a cluster's file of one of k0sctl or KubeOne.",
    examples=[
        "clusterwright convert k0sctl.yaml --hosts hosts.yaml > prod.yaml",
        "clusterwright convert kubeone.yaml --name prod -o prod.yaml",
    ],
    exits={1: "The file has faults, each told with its line; or nothing could be written."},
    see_also=["hosts import", "diff", "apply"],
)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="TARGET",
    help="Write the cluster's file to TARGET.",
)
@click.option(
    "--hosts",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="TARGET",
    help="Write the hosts to TARGET, for 'hosts import'.",
)
@click.option("--name", default="", metavar="NAME", help="The cluster's name, if not FILE's.")
@click.option(
    "--channel",
    default="",
    metavar="CHANNEL",
    help="The snap channel, if not that of FILE's version.",
)
@click.option(
    "--environment",
    type=click.Choice(["dev", "staging", "prod"]),
    default="prod",
    show_default=True,
    help="What the cluster is for.",
)
@json_option
def convert(
    file: str,
    *,
    output: Path | None,
    hosts: Path | None,
    name: str,
    channel: str,
    environment: str,
    as_json: bool,
) -> None:
    """Make a cluster's file of FILE, which is one of k0sctl or of KubeOne; - is standard input.

    Nobody is asked, and nothing happens to any cluster. Hosts, roles, labels, taints and version
    are carried over; what is not is told, and stands as comments in what is written. Of keys
    nothing is carried over.

    The hosts have to be in the inventory before the file is applied: --hosts writes them for
    'hosts import', with users, ports and jump hosts.
    """
    cluster, notes = read(text_at(file), file, name=name, channel=channel)
    notes = [visible(note) for note in notes]
    text = cluster_file(cluster, environment, [f"Made of {Path(file).name}.", *notes])
    if output is not None:
        _write(output, text)
    if hosts is not None:
        _write(hosts, hosts_file(cluster))
    if as_json:
        print_json(
            {"cluster": cluster.name, "text": text, "hosts": hosts_file(cluster), "notes": notes}
        )
        return
    for note in notes:
        click.echo(f"note: {file}: {note}", err=True)
    if output is None:
        click.echo(visible(text), nl=False)
    if hosts is not None:
        click.echo(f"then: {pasteable('hosts', 'import', str(hosts), '--scan')}", err=True)


def _write(target: Path, text: str) -> None:
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"cannot write {target}: {error.strerror}; name another file") from None
