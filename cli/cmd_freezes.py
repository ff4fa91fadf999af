"""``clusterwright freezes ...``."""

import click

from cli.calendar_options import put, reach_body, reach_options, removed
from cli.commands import ApiSession, Group, json_option, pass_session
from cli.output import print_json
from cli.pasteable import pasteable
from cli.schedule_view import freeze_line, reach_of
from cli.tables import print_rows
from cli.token_view import minute


@click.group(
    cls=Group,
    short_help="Times in which no job begins.",
    examples=[
        "clusterwright freezes add sale --environment prod --until 2026-12-01T06:00:00Z \\",
        "  --reason 'the sale'",
        "clusterwright freezes list",
    ],
    see_also=["windows", "schedules"],
)
def freezes() -> None:
    """Freezes: times in which no job of some clusters begins.

    What has begun goes on, and may be rolled back. An admin who accepts cluster-frozen with a
    change has it begin all the same.
    """


@freezes.command(
    "list",
    short_help="List the freezes, and whether each is in force.",
    examples=["clusterwright freezes list", "clusterwright freezes list --json"],
    see_also=["freezes add", "windows list"],
)
@json_option
@pass_session
def list_freezes(session: ApiSession, *, as_json: bool) -> None:
    """List the freezes, those that are over too, and whether each is in force now."""
    found = session.client.get("/v1/freezes")
    if as_json:
        print_json(found)
        return
    rows = [
        (
            row["name"],
            reach_of(row),
            minute(row["begin_time"]),
            minute(row["until_time"]),
            "in force" if row["in_force"] else "-",
            row["reason"] or "-",
        )
        for row in found["freezes"]
    ]
    if rows:
        print_rows(("name", "for", "from", "until", "now", "reason"), rows)
    else:
        click.echo(f"no freezes; {pasteable('freezes', 'add', '--help')} tells how to put one")


@freezes.command(
    "add",
    short_help="Say in which time no job begins.",
    examples=[
        "clusterwright freezes add sale --environment prod --until 2026-12-01T06:00:00Z",
        "clusterwright freezes add audit --clusters 'shop-*' --from 2026-12-07T00:00:00Z \\",
        "  --until 2026-12-11T18:00:00Z --reason 'the audit' --except-kind maintain",
    ],
    see_also=["freezes list", "freezes remove"],
)
@click.argument("name")
@reach_options
@click.option("--from", "begin", metavar="TIME", help="When it begins, RFC 3339.  [default: now]")
@click.option("--until", required=True, metavar="TIME", help="When it ends, RFC 3339.")
@click.option("--reason", default="", help="Why; shown with each job that waits.")
@click.option(
    "--except-kind",
    "kinds_except",
    multiple=True,
    metavar="KIND",
    help="A kind of change that it does not keep back. Repeatable.",
)
@json_option
@pass_session
def add_freeze(
    session: ApiSession,
    name: str,
    *,
    clusters: str,
    environments: tuple[str, ...],
    begin: str | None,
    until: str,
    reason: str,
    kinds_except: tuple[str, ...],
    as_json: bool,
) -> None:
    """Put a freeze, in place of the one of that name; it needs the role admin."""
    body = reach_body(clusters, environments) | {"until": until, "reason": reason}
    body["kinds_except"] = list(dict.fromkeys(kinds_except))
    if begin:
        body["begin"] = begin
    put(session, "freezes", name, body, freeze_line, as_json=as_json)


@freezes.command(
    "remove",
    short_help="Take a freeze away.",
    examples=["clusterwright freezes remove sale"],
    see_also=["freezes list", "freezes add"],
)
@click.argument("name")
@json_option
@pass_session
def remove_freeze(session: ApiSession, name: str, *, as_json: bool) -> None:
    """Take a freeze away: jobs that wait for its end begin, unless something else keeps them."""
    removed(session, "freezes", name, as_json=as_json)
