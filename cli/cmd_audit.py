"""``clusterwright audit ...``."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from cli.audit_chain import Row, in_order, rows_of
from cli.commands import ApiSession, Group, json_option, pass_session
from cli.errors import Failure
from cli.output import counted, print_json
from cli.tables import print_rows

COLUMNS = ("number", "time", "who", "by", "what", "object", "cluster", "outcome")
OUTCOMES = ("done", "refused", "broken-off")
SECONDS = len("2026-11-28T00:53:01")
VERIFYING_SECONDS = 600.0
MOST_PAGE = 1000
COPY = click.Path(dir_okay=False, path_type=Path)


@click.group(
    cls=Group,
    examples=["clusterwright audit list --cluster prod", "clusterwright audit verify"],
    see_also=["audit list", "audit verify"],
)
def audit() -> None:
    """Who did what, and whether that is all there.

    Each act is a record that holds the hash of the one before: what was altered or taken out is
    found. All of the log stands in the files audit-log of the API's data directory, and the newest
    records in Redis, which is what is listed.
    """


@audit.command(
    "list",
    short_help="List who did what, the newest first.",
    examples=[
        "clusterwright audit list",
        "clusterwright audit list --actor ci --since 2026-11-28",
        "clusterwright audit list --cluster prod --outcome refused --json",
    ],
    see_also=["audit verify", "jobs list"],
)
@click.option("--actor", help="Only of this id or name, for example ci or hook:tickets.")
@click.option("--cluster", help="Only about this cluster.")
@click.option("--since", help="Only since this day or moment, in UTC where nothing else is said.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only what ended so.")
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="How many at most."
)
@json_option
@pass_session
def list_records(
    session: ApiSession,
    actor: str | None,
    cluster: str | None,
    since: str | None,
    outcome: str | None,
    *,
    limit: int,
    as_json: bool,
) -> None:
    """List who did what, the newest first; it needs a token that may administer."""
    query = {
        "actor": actor,
        "cluster": cluster,
        "since": _moment(since) if since else None,
        "outcome": outcome,
        "per_page": min(limit, MOST_PAGE),
    }
    found = session.client.rows("/v1/audit", "records", limit, **query)
    if as_json:
        print_json({"records": found})
        return
    if not found:
        click.echo("nothing of that kind was done")
        return
    print_rows(COLUMNS, list(map(_row, found)))


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"cannot read {text!r}: give a day or a moment, such as 2026-11-28 or "
            "2026-11-28T08:30:00Z",
            param_hint="--since",
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _row(row: Mapping[str, Any]) -> list[str]:
    return [
        str(row["number"]),
        f"{row['time'][:SECONDS].replace('T', ' ')} UTC",
        row["name"] or row["actor"] or "-",
        row["via"] or "-",
        row["verb"],
        row["object"] or "-",
        row["cluster"] or "-",
        row["outcome"],
    ]


@audit.command(
    short_help="Reckon the chain anew, and tell what is wrong.",
    examples=[
        "clusterwright audit verify",
        "clusterwright audit verify kept-elsewhere/audit-log*",
        "clusterwright audit verify --json",
    ],
    see_also=["audit list"],
)
@click.argument("files", nargs=-1, metavar="[FILE]...", type=COPY)
@json_option
@pass_session
def verify(session: ApiSession, files: tuple[Path, ...], *, as_json: bool) -> None:
    """Reckon the chain of hashes anew, in Redis and in the API's files.

    It tells the first record that was altered, the first at which both differ, and what Redis has
    lost at its end; then it ends with 1. What was cut away from Redis has to stand in the files.
    A FILE is a copy of audit-log, or of a part of it, that was kept elsewhere: it is reckoned as
    well, and compared with what the API has now. Whoever can write Redis and the files can write
    another chain, and only such a copy, or the last hash noted down, shows it.
    """
    rows = list(rows_of(in_order(map(_read, files))))
    at = f"?at={rows[-1].place}" if rows else ""
    found = session.client.get_within(VERIFYING_SECONDS, f"/v1/audit/verify{at}")
    if rows:
        faults = _compared(session, rows, found)
        found |= {"faults": found["faults"] + faults, "whole": found["whole"] and not faults}
    if as_json:
        print_json(found)
    else:
        _tell(found)
    if not found["whole"]:
        sys.exit(1)


def _read(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise Failure(
            f"cannot read {file}: {error.strerror}; name copies of the files audit-log"
        ) from None


def _compared(
    session: ApiSession, rows: list[Row], found: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the first fault of a copy, and the first place at which the API's log is another.

    Where the last record is the same, all before it are, as each holds the hash of the former.
    """
    faults = [_fault("copy", row.place, row.fault) for row in rows if row.fault][:1]
    last, theirs = rows[-1], found["at"]["hash"]
    if not faults and last.hash == theirs:
        return []
    records = session.client.rows("/v1/audit", "records", per_page=MOST_PAGE)
    hashes = {record["number"]: record["hash"] for record in records}
    hashes |= {found["redis"]["first"] - 1: found["redis"]["before"], last.place: theirs}
    for row in rows:
        if hashes.get(row.place, row.hash) != row.hash:
            says = "has another record there" if hashes[row.place] else "has this record no more"
            return [*faults, _fault("copy", row.place, f"the API {says}")]
    return faults


def _fault(where: str, number: int, says: str) -> dict[str, Any]:
    return {"where": where, "number": number, "says": says}


def _tell(found: Mapping[str, Any]) -> None:
    for name in ("redis", "file"):
        chain = found[name]
        begin = f" from record {chain['first']} on" if chain["first"] > 1 else ""
        end = f", the last with the hash {chain['hash']}" if chain["hash"] else ""
        click.echo(f"{name:<6} {counted(chain['count'], 'record')}{begin}{end}")
    earlier = found["redis"]["first"] - found["file"]["first"]
    if earlier > 0:
        stands = "stands" if earlier == 1 else "stand"
        click.echo(f"{earlier} earlier {stands} in the file alone: they were cut away from Redis")
    if found["behind"]:
        lacks = counted(found["behind"], "record")
        click.echo(f"the file lacks the newest {lacks}, and gets them with the next act")
    for fault in found["faults"]:
        click.echo(f"record {fault['number']} ({fault['where']}): {fault['says']}")
    click.echo("the audit log is whole" if found["whole"] else "the audit log is not whole")
