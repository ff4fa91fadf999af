"""``clusterwright subscriptions change``."""

from typing import Any

import click

from cli.commands import ApiSession, json_option, pass_session
from cli.manual import Manual
from cli.subscription_view import path_of, said, setting, tell
from cli.token_view import ENVIRONMENTS


@click.command(
    "change",
    cls=Manual,
    short_help="Have a receiver told of other events.",
    examples=[
        "clusterwright subscriptions change board --event 'job.*' --event cluster.free",
        "clusterwright subscriptions change board --clusters 'prod*' --all kinds",
        "clusterwright subscriptions change board --set body=standard",
    ],
    see_also=["subscriptions show", "subscriptions rotate"],
)
@click.argument("name")
@click.option("--clusters", help="A pattern of clusters' names.")
@click.option("--kind", "kinds", multiple=True, help="Only this kind of change. Repeatable.")
@click.option("--event", "events", multiple=True, help="A type of events. Repeatable.")
@click.option("--status", "statuses", multiple=True, help="Only this status. Repeatable.")
@click.option(
    "--environment",
    "environments",
    type=click.Choice(ENVIRONMENTS),
    multiple=True,
    help="Only clusters of this environment. Repeatable.",
)
@click.option(
    "--all",
    "unlimited",
    type=click.Choice(["kinds", "statuses", "environments"]),
    multiple=True,
    help="Limit by these no more. Repeatable.",
)
@click.option("--once/--always", default=None, help="Only the first event that fits, or each.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="What its kind needs.")
@json_option
@pass_session
def change_subscription(
    session: ApiSession,
    /,
    name: str,
    *,
    unlimited: tuple[str, ...],
    once: bool | None,
    settings: tuple[str, ...],
    as_json: bool,
    **wish: Any,
) -> None:
    """Have a receiver told of other events from now on; what is not said stays as it is.

    What is said of a list takes the place of all that stood there, and so do settings. What waits
    already is sent all the same. Another address is another receiver: add that, and remove this.
    """
    body: dict[str, Any] = {key: [] for key in unlimited}
    body |= said(wish)
    if both := sorted(key for key in unlimited if wish[key]):
        raise click.UsageError(f"cannot limit by {both[0]} and not: leave out --all {both[0]}")
    if once is not None:
        body["once"] = once
    if settings:
        body["settings"] = dict(map(setting, settings))
    if not body:
        raise click.UsageError("cannot change nothing: say what it is to be told of")
    tell(session.client.patch(path_of(name), body), as_json=as_json)
