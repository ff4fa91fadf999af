"""``clusterwright windows ...``."""

import click

from cli.calendar_options import put, reach_body, reach_options, removed
from cli.commands import ApiSession, Group, json_option, pass_session
from cli.output import print_json
from cli.pasteable import pasteable
from cli.schedule_view import reach_of, window_line
from cli.tables import print_rows
from cli.token_view import minute

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@click.group(
    cls=Group,
    short_help="Hours of the week in which jobs may begin.",
    examples=[
        "clusterwright windows add nightly --environment prod --from 22:00 --to 04:00",
        "clusterwright windows list",
    ],
    see_also=["freezes", "schedules"],
)
def windows() -> None:
    """Maintenance windows: hours of the week in which jobs of some clusters may begin.

    A job outside of its windows waits for the next; it keeps its hosts, and not its cluster. What
    has begun goes on when a window closes. A cluster that no window is for may be changed always.
    """


@windows.command(
    "list",
    short_help="List the windows, and whether each is open now.",
    examples=["clusterwright windows list", "clusterwright windows list --json"],
    see_also=["windows add", "freezes list"],
)
@json_option
@pass_session
def list_windows(session: ApiSession, *, as_json: bool) -> None:
    """List the maintenance windows, and whether each is open now."""
    found = session.client.get("/v1/windows")
    if as_json:
        print_json(found)
        return
    rows = [
        (
            row["name"],
            reach_of(row),
            ", ".join(row["days"]),
            f"{row['begin']} to {row['end']} {row['timezone']}",
            "open" if row["open"] else "closed",
            minute(row["changes_time"]),
        )
        for row in found["windows"]
    ]
    if rows:
        print_rows(("name", "for", "days", "hours", "now", "until"), rows)
    else:
        click.echo(f"no windows; {pasteable('windows', 'add', '--help')} tells how to put one")


@windows.command(
    "add",
    short_help="Say in which hours of the week jobs may begin.",
    examples=[
        "clusterwright windows add nightly --environment prod --from 22:00 --to 04:00",
        "clusterwright windows add sunday --clusters 'shop-*' --day sun --from 06:00 --to 12:00 \\",
        "  --timezone Europe/Berlin",
    ],
    see_also=["windows list", "windows remove"],
)
@click.argument("name")
@reach_options
@click.option(
    "--day",
    "days",
    type=click.Choice(DAYS),
    multiple=True,
    help="A day on which it begins. Repeatable.  [default: all]",
)
@click.option("--from", "begin", required=True, metavar="HH:MM", help="When it begins.")
@click.option(
    "--to", "end", required=True, metavar="HH:MM", help="When it ends, perhaps on the next day."
)
@click.option("--timezone", default="UTC", show_default=True, help="Whose clocks show these times.")
@json_option
@pass_session
def add_window(
    session: ApiSession,
    name: str,
    *,
    clusters: str,
    environments: tuple[str, ...],
    days: tuple[str, ...],
    begin: str,
    end: str,
    timezone: str,
    as_json: bool,
) -> None:
    """Put a maintenance window, in place of the one of that name; it needs the role admin."""
    body = reach_body(clusters, environments) | {"begin": begin, "end": end, "timezone": timezone}
    if days:
        body["days"] = list(dict.fromkeys(days))
    put(session, "windows", name, body, window_line, as_json=as_json)


@windows.command(
    "remove",
    short_help="Take a window away.",
    examples=["clusterwright windows remove nightly"],
    see_also=["windows list", "windows add"],
)
@click.argument("name")
@json_option
@pass_session
def remove_window(session: ApiSession, name: str, *, as_json: bool) -> None:
    """Take a maintenance window away; jobs that wait for it are looked at anew."""
    removed(session, "windows", name, as_json=as_json)
