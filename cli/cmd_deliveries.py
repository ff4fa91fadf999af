"""``clusterwright subscriptions deliveries`` and ``replay``."""

from urllib.parse import quote

import click

from cli.commands import ApiSession, json_option, pass_session
from cli.manual import Manual
from cli.output import print_json
from cli.pasteable import pasteable
from cli.subscription_view import path_of, print_deliveries

SHOWN = 1000
"""The newest, of however many pages."""
STATES = ("waiting", "done", "dead")


@click.command(
    cls=Manual,
    short_help="List what was delivered, waits, or was given up.",
    examples=[
        "clusterwright subscriptions deliveries board",
        "clusterwright subscriptions deliveries board --state dead",
    ],
    see_also=["subscriptions replay"],
)
@click.argument("name")
@click.option("--state", type=click.Choice(STATES), help="Only those of this state.")
@json_option
@pass_session
def deliveries(session: ApiSession, name: str, *, state: str | None, as_json: bool) -> None:
    """List what was delivered to a receiver, what waits, and what was given up, newest first."""
    query = {"state": state} if state else {}
    rows = session.client.rows(f"{path_of(name)}/deliveries", "deliveries", SHOWN, **query)
    if as_json:
        print_json({"deliveries": rows})
        return
    print_deliveries(rows)
    if any(row["state"] == "dead" for row in rows):
        command = pasteable("subscriptions", "replay", name)
        click.echo(f"send what was given up anew: {command}", err=True)


@click.command(
    cls=Manual,
    short_help="Send anew what was given up.",
    examples=[
        "clusterwright subscriptions replay board",
        "clusterwright subscriptions replay board --delivery msg_5f3a1c2b4d6e7f8091a2b3c4",
    ],
    see_also=["subscriptions deliveries"],
)
@click.argument("name")
@click.option("--delivery", help="Only the one of this id.")
@json_option
@pass_session
def replay(session: ApiSession, name: str, *, delivery: str | None, as_json: bool) -> None:
    """Send anew what was given up, the oldest first; ids stay, so that nothing is taken twice."""
    ids = [delivery] if delivery else _dead(session, name)
    rows = [session.client.post(f"/v1/deliveries/{quote(each, '')}/replay") for each in ids]
    if as_json:
        print_json({"deliveries": rows})
        return
    sent = "1 delivery is" if len(rows) == 1 else f"{len(rows)} deliveries are"
    click.echo(f"{sent} sent to {name} anew")


def _dead(session: ApiSession, name: str) -> list[str]:
    rows = session.client.rows(f"{path_of(name)}/deliveries", "deliveries", state="dead")
    return [row["id"] for row in reversed(rows)]
