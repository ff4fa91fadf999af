"""``clusterwright schedules ...``."""

from typing import Any
from urllib.parse import quote

import click

from cli.change_manual import KindManual
from cli.change_options import change_body, change_options
from cli.commands import ApiSession, Group, json_option, pass_session
from cli.output import print_json
from cli.pasteable import pasteable
from cli.schedule_view import schedule_lines, summary
from cli.tables import print_rows
from cli.token_view import minute

PATH = "/v1/schedules"


class ScheduleManual(KindManual):
    """The manual of a command that takes a kind of change, and when it is to be asked for."""

    example_more = ("--name", "nightly", "--cron", "30 2 * * tue")


@click.group(
    cls=Group,
    short_help="Changes that are asked for at set times.",
    examples=[
        "clusterwright schedules add verify prod --name look --cron '0 6 * * *'",
        "clusterwright schedules list",
    ],
    see_also=["windows", "freezes", "change"],
)
def schedules() -> None:
    """Changes that are asked for at set times.

    A schedule has a change, and a cron expression in a time zone or one time. Each slot makes one
    job, which goes the way of every other: it waits its turn, and for its maintenance window.
    """


@schedules.command(
    "list",
    short_help="List the schedules, each with its next slot.",
    examples=["clusterwright schedules list", "clusterwright schedules list --json"],
    see_also=["schedules show", "schedules add"],
)
@json_option
@pass_session
def list_schedules(session: ApiSession, *, as_json: bool) -> None:
    """List the schedules, each with its next slot and what became of the last."""
    found = session.client.get(PATH)
    if as_json:
        print_json(found)
        return
    columns = ("name", "cluster", "kind", "when", "next", "last")
    rows = [summary(row) for row in found["schedules"]]
    if rows:
        print_rows(columns, rows)
    else:
        click.echo(f"no schedules; {pasteable('schedules', 'add', '--help')} tells how to add one")


@schedules.command(
    short_help="Show one schedule, and what became of its last slot.",
    examples=["clusterwright schedules show look", "clusterwright schedules show look --json"],
    see_also=["schedules list", "schedules run"],
)
@click.argument("name")
@json_option
@pass_session
def show(session: ApiSession, name: str, *, as_json: bool) -> None:
    """Show one schedule: its change, its times, and what became of its slots."""
    _tell(_one(session, name), as_json=as_json)


@schedules.command(
    cls=ScheduleManual,
    short_help="Have a change asked for at set times.",
    examples=[
        "clusterwright schedules add verify prod --name look --cron '0 6 * * *'",
        "clusterwright schedules add refresh-certs prod --name certs --cron '30 2 1 * *' \\",
        "  --timezone Europe/Berlin --approve-within 48",
        "clusterwright schedules add verify prod --name once --at 2026-12-01T04:00:00Z",
    ],
    exits={0: "It is stored.", 1: "It is not; standard error says why."},
    see_also=["schedules list", "schedules remove", "change"],
)
@change_options
@click.option("--name", required=True, help="Names the schedule.")
@click.option(
    "--cron",
    metavar="EXPRESSION",
    help="Minute, hour, day of the month, month, day of the week.",
)
@click.option("--timezone", default="UTC", show_default=True, help="Whose clocks --cron means.")
@click.option("--at", metavar="TIME", help="One time instead, as 2026-12-01T04:00:00Z.")
@click.option(
    "--late-by",
    type=click.IntRange(60, 43200),
    default=3600,
    show_default=True,
    metavar="SECONDS",
    help="How old a slot may be that nobody was there for.",
)
@click.option("--replace", is_flag=True, help="Put it in place of the one of that name.")
@json_option
@pass_session
def add(
    session: ApiSession,
    /,
    cluster: str,
    *,
    name: str,
    cron: str | None,
    timezone: str,
    at: str | None,
    late_by: int,
    replace: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Have a change of KIND asked for on CLUSTER at set times.

    Where clocks are put forward, a time that does not come is taken at the first moment after it;
    where they are put back, one that comes twice is taken once. docs/how-to/schedules.md has more.
    """
    if (cron is None) == (at is None):
        raise click.UsageError("say either --cron or --at")
    body: dict[str, Any] = {"change": change_body(**options), "late_by": late_by}
    body |= {"cron": cron, "timezone": timezone} if cron is not None else {"at": at}
    headers = {} if replace else {"If-None-Match": "*"}
    _tell(session.client.put(_path(cluster, name), body, headers), as_json=as_json)


@schedules.command(
    short_help="Take a schedule away; jobs that it made stay.",
    examples=["clusterwright schedules remove look"],
    see_also=["schedules pause", "schedules list"],
)
@click.argument("name")
@json_option
@pass_session
def remove(session: ApiSession, name: str, *, as_json: bool) -> None:
    """Take a schedule away; jobs that it has made stay as they are."""
    session.client.delete(_path(_one(session, name)["cluster"], name))
    if as_json:
        print_json({"removed": name})
    else:
        click.echo(f"{name}: removed")


@schedules.command(
    short_help="Ask for the change of a schedule now.",
    examples=["clusterwright schedules run look"],
    see_also=["watch", "schedules show"],
)
@click.argument("name")
@json_option
@pass_session
def run(session: ApiSession, name: str, *, as_json: bool) -> None:
    """Ask for a schedule's change now, with your own token; its slots stay as they are."""
    job = _ask(session, name, "run")
    if as_json:
        print_json(job)
    else:
        click.echo(f"job {job['id']}: {job['status']}\n  {pasteable('watch', job['id'][:8])}")


@schedules.command(
    short_help="Let a schedule rest until it is resumed.",
    examples=["clusterwright schedules pause look"],
    see_also=["schedules resume", "schedules remove"],
)
@click.argument("name")
@json_option
@pass_session
def pause(session: ApiSession, name: str, *, as_json: bool) -> None:
    """Let a schedule rest: no slot of it comes, and none is told as missed."""
    _tell(_ask(session, name, "pause"), as_json=as_json)


@schedules.command(
    short_help="Have the slots of a schedule come again.",
    examples=["clusterwright schedules resume look"],
    see_also=["schedules pause", "schedules show"],
)
@click.argument("name")
@json_option
@pass_session
def resume(session: ApiSession, name: str, *, as_json: bool) -> None:
    """Have the slots of a schedule come again, from now on."""
    _tell(_ask(session, name, "resume"), as_json=as_json)


def _path(cluster: str, name: str) -> str:
    return f"/v1/clusters/{quote(cluster, '')}/schedules/{quote(name, '')}"


def _one(session: ApiSession, name: str) -> dict[str, Any]:
    found: dict[str, Any] = session.client.get(f"{PATH}/{quote(name, '')}")
    return found


def _ask(session: ApiSession, name: str, verb: str) -> dict[str, Any]:
    path = _path(_one(session, name)["cluster"], name)
    found: dict[str, Any] = session.client.post(f"{path}/{verb}")
    return found


def _tell(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(row)
        return
    for line in schedule_lines(row):
        click.echo(line)
    if row["next_time"]:
        click.echo(f"next slot: {minute(row['next_time'])}")
