"""``clusterwright export``: a cluster is written as a file."""

from pathlib import Path
from urllib.parse import quote

import click

from cli.commands import ApiSession, json_option, pass_session
from cli.complete import clusters_named
from cli.errors import Failure
from cli.manual import Manual
from cli.output import print_json
from cli.visible import visible


@click.command(
    cls=Manual,
    short_help="Write a cluster as a file.",
    examples=["clusterwright export prod", "clusterwright export prod -o prod.yaml"],
    see_also=["diff", "apply"],
)
@click.argument("name", shell_complete=clusters_named)
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it to FILE.",
)
@json_option
@pass_session
def export(session: ApiSession, name: str, *, target: Path | None, as_json: bool) -> None:
    """Write cluster NAME as a file (YAML), as it is recorded: nodes, marks, addons, channel.

    The addresses and pinned keys of its hosts are in it too. Applied at once, there is nothing to
    do. --json is a document with the file as its text.
    """
    text = session.client.text(f"/v1/clusters/{quote(name, '')}/file")
    if target is not None:
        _write(target, text)
    if as_json:
        print_json({"cluster": name, "text": text})
    elif target is None:
        click.echo(visible(text), nl=False)
    else:
        click.echo(f"wrote {target}", err=True)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"cannot write {file}: {error.strerror}; name another file with -o") from None
