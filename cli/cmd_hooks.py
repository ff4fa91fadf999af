"""``clusterwright hooks ...``."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from cli.commands import ApiSession, Group, json_option, pass_session
from cli.output import print_json
from cli.pasteable import pasteable
from cli.tables import print_rows

COLUMNS = ("hook", "sender", "secrets", "address")


@click.group(
    cls=Group,
    examples=["clusterwright hooks list", "clusterwright hooks add-secret tickets"],
    see_also=["rules"],
)
def hooks() -> None:
    """Hooks: who may send events, and their secrets."""


@hooks.command(
    "list",
    short_help="List the senders, with their addresses.",
    examples=["clusterwright hooks list", "clusterwright hooks list --json"],
)
@json_option
@pass_session
def list_hooks(session: ApiSession, *, as_json: bool) -> None:
    """List the senders of the rule file, with the address that each posts to."""
    found = session.client.rows("/v1/hooks", "hooks")
    if as_json:
        print_json({"hooks": found})
        return
    if not found:
        click.echo(f"nobody may send events; {pasteable('rules', '--help')} tells how somebody may")
        return
    print_rows(COLUMNS, [_row(session, row) for row in found])
    for row in found:
        if not row["secrets"]:
            command = pasteable("hooks", "add-secret", row["name"])
            click.echo(f"{row['name']} has no secret, so nothing of it is believed: {command}")


def _row(session: ApiSession, row: dict[str, Any]) -> list[str]:
    address = session.client.url + row["links"]["hook"]
    return [row["name"], row["title"], str(row["secrets"]), address]


@hooks.command(
    "add-secret",
    short_help="Make a further secret good for a sender.",
    examples=[
        "clusterwright hooks add-secret tickets",
        "clusterwright hooks add-secret chat --from signing-secret.txt",
        "clusterwright hooks add-secret chat --from -",
    ],
    see_also=["hooks retire-secrets"],
)
@click.argument("name")
@click.option(
    "--from",
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="Where a secret stands that was made at the sender's; - for standard input.",
)
@json_option
@pass_session
def add_secret(session: ApiSession, name: str, file: Path | None, *, as_json: bool) -> None:
    """Make a secret good for a sender, beside those that are.

    Without --from it is made here and shown this once: enter it where the events come from. While
    one secret takes another's place both are good; retire-secrets ends that.
    """
    body = {"secret": _read(file)} if file else {}
    made = session.client.post(f"/v1/hooks/{quote(name, '')}/secrets", body)
    if as_json:
        print_json(made)
        return
    if made["secret"]:
        click.echo(f"secret   {made['secret']}")
    click.echo(f"address  {session.client.url}{made['links']['hook']}")
    good = "1 secret is" if made["secrets"] == 1 else f"{made['secrets']} secrets are"
    click.echo(f"{good} good for {name} now", err=True)


def _read(file: Path) -> str:
    with click.open_file(str(file)) as stream:
        return str(stream.read()).strip()


@hooks.command(
    "retire-secrets",
    short_help="Take a sender's older secrets away.",
    examples=["clusterwright hooks retire-secrets tickets"],
)
@click.argument("name")
@json_option
@pass_session
def retire_secrets(session: ApiSession, name: str, *, as_json: bool) -> None:
    """Take all secrets of a sender away but the newest, once it signs with that."""
    done = session.client.post(f"/v1/hooks/{quote(name, '')}/secrets/retire")
    if as_json:
        print_json(done)
    else:
        click.echo(f"{done['retired']} secrets of {name} are good no more; the newest is")
