"""``clusterwright subscriptions ...``."""

from pathlib import Path
from typing import Any

import click

from cli.commands import ApiSession, Group, json_option, pass_session
from cli.output import print_json
from cli.pasteable import pasteable
from cli.subscription_view import path_of, print_subscriptions, said, setting, tell, told_of
from cli.token_view import ENVIRONMENTS

FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.group(
    cls=Group,
    examples=[
        "clusterwright subscriptions add board https://board.example.org/hooks/cw",
        "clusterwright subscriptions test board",
    ],
    see_also=["hooks"],
)
def subscriptions() -> None:
    """Who is told of what happens.

    A receiver is told of events of jobs as they happen, in their order, and again until each has
    arrived: by signed webhooks, or by chat, mail and many more services.
    """


@subscriptions.command(
    "list",
    short_help="List the subscriptions, and how each fares.",
    examples=["clusterwright subscriptions list", "clusterwright subscriptions list --json"],
)
@json_option
@pass_session
def list_subscriptions(session: ApiSession, *, as_json: bool) -> None:
    """List the subscriptions by their names, and how each fares."""
    found = session.client.get("/v1/subscriptions")
    if as_json:
        print_json(found)
    elif not found["subscriptions"]:
        command = pasteable("subscriptions", "add", "--help")
        click.echo(f"nobody is told of anything; {command} tells how somebody is")
    else:
        print_subscriptions(found["subscriptions"])


@subscriptions.command(
    short_help="Have a receiver told of what happens.",
    examples=[
        "clusterwright subscriptions add board https://board.example.org/hooks/cw",
        "clusterwright subscriptions add pager --from - --notifier apprise "
        "--event job.failed --event job.stuck",
        "clusterwright subscriptions add my-turn https://me.example.org/cw --clusters prod "
        "--event cluster.free --once",
    ],
    see_also=["subscriptions test", "subscriptions deliveries"],
)
@click.argument("name")
@click.argument("address", required=False)
@click.option(
    "--from",
    "file",
    type=FILE,
    help="Where the address stands, if it is secret; - for standard input.",
)
@click.option("--notifier", default="webhook", show_default=True, help="The kind of receiver.")
@click.option("--secret-from", "secret_file", type=FILE, help="Where its secret stands.")
@click.option("--clusters", default="*", show_default=True, help="A pattern of clusters' names.")
@click.option("--kind", "kinds", multiple=True, help="Only this kind of change. Repeatable.")
@click.option(
    "--event",
    "events",
    multiple=True,
    help="A type of events. Repeatable.  [default: job.*, of chats step.* too]",
)
@click.option("--status", "statuses", multiple=True, help="Only this status. Repeatable.")
@click.option(
    "--environment",
    "environments",
    type=click.Choice(ENVIRONMENTS),
    multiple=True,
    help="Only clusters of this environment. Repeatable.",
)
@click.option("--source", default="", help="Only jobs that this sender of events has asked for.")
@click.option("--job", default="", help="Only this job.")
@click.option("--once", is_flag=True, help="Only the first event that fits.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="What its kind needs.")
@json_option
@pass_session
def add(
    session: ApiSession,
    /,
    name: str,
    *,
    address: str | None,
    file: Path | None,
    notifier: str,
    secret_file: Path | None,
    settings: tuple[str, ...],
    as_json: bool,
    **wish: Any,
) -> None:
    """Have a receiver told of what happens from now on.

    What a webhook's deliveries are signed with is made here and printed alone to standard output,
    this once. An address that has a secret in it comes from a file, so that nobody reads it in the
    list of processes.
    """
    if bool(address) == bool(file):
        raise click.UsageError("say either the ADDRESS or --from")
    body: dict[str, Any] = {"name": name, "notifier": notifier}
    body["url"] = _read(file) if file else address
    if secret_file:
        body["secret"] = _read(secret_file)
    body |= said(wish)
    body["settings"] = dict(map(setting, settings))
    made = session.client.post("/v1/subscriptions", body)
    if as_json:
        print_json(made)
        return
    click.echo(f"{name}: {made['receiver']} is told of {told_of(made)}", err=True)
    if made["secret"]:
        click.echo("its deliveries are signed with this secret, which is told this once:", err=True)
        click.echo(made["secret"])


def _read(file: Path) -> str:
    with click.open_file(str(file)) as stream:
        return str(stream.read()).strip()


@subscriptions.command(
    short_help="Show one subscription.",
    examples=["clusterwright subscriptions show board"],
    see_also=["subscriptions deliveries"],
)
@click.argument("name")
@json_option
@pass_session
def show(session: ApiSession, name: str, *, as_json: bool) -> None:
    """Show one subscription, what it is told of, and how it fares."""
    tell(session.client.get(path_of(name)), as_json=as_json)


@subscriptions.command(
    "test",
    short_help="Send a receiver a test event now.",
    examples=["clusterwright subscriptions test board"],
    see_also=["subscriptions show"],
)
@click.argument("name")
@json_option
@pass_session
def try_out(session: ApiSession, name: str, *, as_json: bool) -> None:
    """Send a test event now, signed as any other, and tell what was answered.

    Exit code 1 where it did not arrive.
    """
    trial = session.client.post(f"{path_of(name)}/test")
    if as_json:
        print_json(trial)
    elif trial["delivered"]:
        answered = f"answered {trial['status']}" if trial["status"] else "took it"
        click.echo(f"{name} {answered} in {trial['seconds']:.2f} s")
    else:
        click.echo(f"{name} was not told: {trial['because']}", err=True)
    if not trial["delivered"]:
        raise click.exceptions.Exit(1)


@subscriptions.command(
    short_help="Remove a subscription with its deliveries.",
    examples=["clusterwright subscriptions remove board"],
)
@click.argument("name")
@json_option
@pass_session
def remove(session: ApiSession, name: str, *, as_json: bool) -> None:
    """Remove a subscription with its deliveries, its address and its secrets."""
    session.client.delete(path_of(name))
    if as_json:
        print_json({"removed": name})
        return
    click.echo(f"{name} is told nothing any more")


@subscriptions.command(
    short_help="Have a receiver told again that was gone.",
    examples=["clusterwright subscriptions enable board"],
    see_also=["subscriptions replay"],
)
@click.argument("name")
@json_option
@pass_session
def enable(session: ApiSession, name: str, *, as_json: bool) -> None:
    """Have a receiver told again that answered 410, or whose one event has come."""
    tell(session.client.post(f"{path_of(name)}/enable"), as_json=as_json)


@subscriptions.command(
    short_help="Put a new secret in a receiver's place.",
    examples=[
        "clusterwright subscriptions rotate board",
        "clusterwright subscriptions rotate board --overlap-hours 0",
    ],
)
@click.argument("name")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 168),
    default=24,
    show_default=True,
    help="How long deliveries are signed with the former one as well.",
)
@click.option("--secret-from", "secret_file", type=FILE, help="Where the new one stands.")
@json_option
@pass_session
def rotate(
    session: ApiSession, name: str, *, overlap_hours: int, secret_file: Path | None, as_json: bool
) -> None:
    """Put a new secret in the place of a receiver's.

    It is made here and printed alone to standard output, this once. For some hours deliveries are
    signed with both, so that the receiver may change over.
    """
    body: dict[str, Any] = {"overlap_hours": overlap_hours}
    if secret_file:
        body["secret"] = _read(secret_file)
    rotated = session.client.post(f"{path_of(name)}/rotate", body)
    if as_json:
        print_json(rotated)
        return
    click.echo(f"{name} is sent both signatures for {overlap_hours} h", err=True)
    if rotated["secret"]:
        click.echo(rotated["secret"])
