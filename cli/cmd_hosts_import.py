"""``clusterwright hosts import``."""

from typing import TextIO

import click

from cli.commands import Session, json_option, pass_session
from cli.errors import Failure
from cli.host_files import jumps_first, rows_of
from cli.host_record import change_lines, differences, find, merged, put
from cli.lab_hosts import lab_hosts
from cli.output import counted, print_json
from cli.places import default_data_dir, keys_dir
from lab.manual import Manual


@click.command(
    "import",
    cls=Manual,
    short_help="Add all hosts of a file.",
    examples=[
        "clusterwright hosts import hosts.json",
        "clusterwright hosts import - < hosts.json",
        "clusterwright hosts import --lab",
    ],
    see_also=["hosts list", "hosts add"],
)
@click.argument("file", type=click.File(), required=False)
@click.option(
    "--lab",
    "lab_name",
    is_flag=False,
    flag_value="default",
    metavar="[NAME]",
    help="Add the hosts of a running lab instead, with its key.",
)
@click.option("--replace", is_flag=True, help="Change hosts that are there to what FILE says.")
@json_option
@pass_session
def import_hosts(
    session: Session,
    file: TextIO | None,
    *,
    lab_name: str | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Add all hosts of FILE, which has JSON as ``hosts list --json`` prints it; - is stdin.

    Hosts that are there and differ are refused before any is added, unless --replace is said;
    then what FILE tells of them changes.
    """
    if lab_name is not None and file is None:
        rows = lab_hosts(lab_name, keys_dir(default_data_dir()))
    elif lab_name is None and file is not None:
        rows = jumps_first(rows_of(file))
    else:
        raise click.UsageError("say either FILE or --lab: where the hosts are told")
    there = {row["name"] for row in session.client.rows("/v1/hosts", "hosts")}
    # Each is asked for once more only for the tag of its state, and only where there is one.
    known = {
        row["name"]: find(session.client, row["name"]) if row["name"] in there else None
        for row in rows
    }
    wanted = {
        row["name"]: merged(before.row, row) if (before := known[row["name"]]) else row
        for row in rows
    }
    found = {
        name: differences(before.row, wanted[name]) for name, before in known.items() if before
    }
    changed = {name: fields for name, fields in found.items() if fields}
    if changed and not replace:
        lines = (line for name in changed for line in (f"{name}:", *change_lines(changed[name])))
        raise Failure(
            "\n".join(
                [
                    "cannot import: these hosts are in the inventory already and would change; "
                    "nothing was added; say --replace to change them",
                    *lines,
                ]
            )
        )
    stored = [put(session.client, row, known[name]) for name, row in wanted.items()]
    if as_json:
        print_json({"hosts": stored})
        return
    names = ", ".join(host["name"] for host in stored)
    click.echo(f"{counted(len(stored), 'host')}: {names}")
    for name, fields in changed.items():
        click.echo("\n".join([f"{name}:", *change_lines(fields)]))
