"""``clusterwright hosts import``."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from cli.commands import ApiSession, json_option, pass_session
from cli.errors import Failure
from cli.host_files.formats import FORMATS, LARGEST, read
from cli.host_files.reading import Reading, Row
from cli.host_import import known_keys, scanned_keys, send
from cli.host_record import answered_change_lines
from cli.lab_hosts import lab_hosts
from cli.manual import Manual
from cli.output import counted, print_json
from cli.places import default_data_dir, keys_dir
from cli.visible import visible


@click.command(
    "import",
    cls=Manual,
    short_help="Add all hosts of a file.",
    examples=[
        "clusterwright hosts import hosts.json",
        "clusterwright hosts import hosts.yaml --dry-run",
        "clusterwright hosts import hosts.csv --known-hosts ~/.ssh/known_hosts",
        "clusterwright hosts import inventory.ini --scan",
        "clusterwright hosts import ~/.ssh/config --only 'cp-*' --known-hosts ~/.ssh/known_hosts",
        "ansible-inventory --list --yaml | clusterwright hosts import - --format ansible --dry-run",
        "clusterwright hosts import - < hosts.json",
        "clusterwright hosts import --lab",
    ],
    see_also=["hosts list", "hosts add"],
)
@click.argument("file", type=click.Path(), required=False)
@click.option(
    "--lab",
    "lab_name",
    is_flag=False,
    flag_value="",
    metavar="[NAME]",
    help="Add the hosts of a running lab instead, with its key.  "
    "[default: CLUSTERWRIGHT_LAB, else default]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="What FILE is.  [default: what its name says; json for -]",
)
@click.option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    help="Take only hosts, or groups, whose name fits, for example 'cp-*'. Repeatable.",
)
@click.option(
    "--known-hosts",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="OpenSSH's file with the keys of hosts that have none in FILE.",
)
@click.option("--scan", "scanning", is_flag=True, help="Ask hosts without a key, and show it.")
@click.option("--yes", is_flag=True, help="Trust the scanned keys without asking.")
@click.option("--replace", is_flag=True, help="Change hosts that are there to what FILE says.")
@click.option("--dry-run", is_flag=True, help="Tell what would be added and changed; do nothing.")
@json_option
@pass_session
def import_hosts(
    session: ApiSession,
    file: str | None,
    *,
    lab_name: str | None,
    form: str | None,
    only: tuple[str, ...],
    known_hosts: Path | None,
    scanning: bool,
    yes: bool,
    replace: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add all hosts of FILE, or none of them; - is stdin.

    FILE is JSON as ``hosts list --json`` prints it, YAML, a table (CSV), an inventory of Ansible or
    a configuration of OpenSSH.

    Hosts that are there and differ are refused before any is added, unless --replace is said; then
    what FILE tells of them changes, and nothing else.
    """
    if file == "-" and scanning and not yes:
        raise click.UsageError(
            "nobody can be asked about the keys while FILE is standard input; say --yes, or write "
            "it to a file first"
        )
    if lab_name is not None and file is None:
        reading = _lab(lab_name or os.environ.get("CLUSTERWRIGHT_LAB") or "default")
    elif lab_name is None and file is not None:
        reading = _file(file, form)
    else:
        raise click.UsageError("say either FILE or --lab: where the hosts are told")
    rows = reading.chosen(only)
    for note in reading.notes_of(rows):
        click.echo(visible(f"note: {note}"), err=True)
    if known_hosts:
        known_keys(rows, known_hosts)
    if scanning:
        scanned_keys(rows, yes=yes)
    done = send(session.client, rows, replace=replace, dry_run=dry_run)
    if as_json:
        print_json(done)
        return
    for line in _outcome_lines(done, replace=replace):
        click.echo(line)


def _file(file: str, form: str | None) -> Reading:
    try:
        with click.open_file(file, "rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise Failure(f"cannot read {file}: {error.strerror}") from None
    reading = read(data, file, form)
    if form == "ansible" or Path(file).suffix == ".ini":
        reading.notes += _unread_folders(Path(file))
    return reading


def _unread_folders(file: Path) -> Iterator[str]:
    for name in ("group_vars", "host_vars"):
        if (file.parent / name).is_dir():
            yield (
                f"{file.parent / name} is not read; what Ansible makes of all comes from "
                "ansible-inventory --list --yaml"
            )


def _lab(name: str) -> Reading:
    place = f"lab {name}"
    rows = lab_hosts(name, keys_dir(default_data_dir()))
    return Reading(place, [Row(place, dict(row), called=row["name"]) for row in rows])


def _outcome_lines(done: Mapping[str, Any], *, replace: bool) -> Iterator[str]:
    """Yield what became of the hosts, or would become of them."""
    would = done["dry_run"]
    created, changed, unchanged = done["created"], done["changed"], done["unchanged"]
    if created:
        names = ", ".join(created)
        yield f"{'would add ' if would else ''}{counted(len(created), 'host')}: {names}"
    for row in changed:
        yield f"{row['name']}{' would change' if would else ''}:"
        yield from answered_change_lines(row["changes"])
    if unchanged:
        yield f"{counted(len(unchanged), 'host')} unchanged: {', '.join(unchanged)}"
    if would:
        hint = "; --replace is needed for what changes" if changed and not replace else ""
        yield f"nothing was done{hint}"
