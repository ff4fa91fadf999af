"""``clusterwright tokens ...``."""

import re
from typing import Any
from urllib.parse import quote

import click

from cli.commands import ApiSession, Group, json_option, pass_session
from cli.errors import Failure
from cli.output import print_json
from cli.tables import print_rows
from cli.token_view import ENVIRONMENTS, clusters_of, minute, one_line, roles_of, tell

ROLES = ("viewer", "operator", "approver", "admin")
APPROVES = frozenset({"approver", "admin"})
ID = re.compile(r"[0-9a-f]{12}", re.ASCII)
WHOLE = re.compile(r"cw_([0-9a-f]{12})_.*", re.ASCII)


@click.group(
    cls=Group,
    examples=[
        "clusterwright tokens create ci --role operator --clusters 'test-*' > token",
        "clusterwright tokens list",
    ],
    see_also=["tokens create", "tokens self"],
)
def tokens() -> None:
    """Who may ask the API, and for what.

    A token has roles. viewer: look. operator: look, plan and change, and end clusters that are not
    in production. approver: look, and agree to what others ask for. admin: everything, hosts and
    tokens too. Roles may be for some clusters and environments only.
    """


@tokens.command(
    examples=[
        "clusterwright tokens create ci --role operator --clusters 'test-*' --days 30 > token",
        "clusterwright tokens create laptop --role approver --for anna > anna.token",
        "clusterwright tokens create board --role viewer --never-ends > board.token",
    ],
    see_also=["tokens list", "tokens rotate"],
)
@click.argument("name")
@click.option(
    "--role",
    "roles",
    type=click.Choice(ROLES),
    multiple=True,
    required=True,
    help="What it is for. Repeatable.",
)
@click.option(
    "--for",
    "owner",
    metavar="PERSON",
    help="Who gets it, by the name that chats and the issuer know them by.  [default: NAME]",
)
@click.option("--clusters", default="*", show_default=True, help="A pattern of clusters' names.")
@click.option(
    "--environment",
    "environments",
    type=click.Choice(ENVIRONMENTS),
    multiple=True,
    help="Only for clusters of this environment. Repeatable.  [default: all]",
)
@click.option(
    "--days",
    type=click.IntRange(1, 365),
    help="How long it is valid.  [default: 90]",
)
@click.option("--never-ends", is_flag=True, help="Make one that is valid until it is revoked.")
@json_option
@pass_session
def create(
    session: ApiSession,
    name: str,
    *,
    roles: tuple[str, ...],
    owner: str | None,
    clusters: str,
    environments: tuple[str, ...],
    days: int | None,
    never_ends: bool,
    as_json: bool,
) -> None:
    """Make a token, and print it, this once.

    Standard output has the token alone, so that it can be sent to a file; what it is for goes to
    standard error. It needs a token that may administer all clusters, and what that one may not,
    the new one may not either.

    Without --for it may be somebody's whom it is called after, or be kept by who makes it: so it
    does not approve what they ask for.
    """
    if days and never_ends:
        raise click.UsageError("say either --days or --never-ends")
    wish: dict[str, Any] = {"name": name, "roles": list(dict.fromkeys(roles)), "clusters": clusters}
    if environments:
        wish["environments"] = list(dict.fromkeys(environments))
    if owner:
        wish["owner"] = owner
    if days or never_ends:
        wish["days"] = days
    made = session.client.post("/v1/tokens", wish)
    if as_json:
        print_json(made)
        return
    click.echo(one_line(made), err=True)
    if not owner and not APPROVES.isdisjoint(roles):
        click.echo(
            "it approves nothing that you have asked for; if somebody else is to have it, make "
            "theirs with --for PERSON",
            err=True,
        )
    click.echo("the token is told this once:", err=True)
    click.echo(made["token"])


@tokens.command(
    "list",
    examples=["clusterwright tokens list", "clusterwright tokens list --json > tokens.json"],
    see_also=["tokens show", "tokens create"],
)
@json_option
@pass_session
def list_tokens(session: ApiSession, *, as_json: bool) -> None:
    """List the tokens, oldest first, without their secrets."""
    found = session.client.rows("/v1/tokens", "tokens")
    if as_json:
        print_json({"tokens": found})
        return
    columns = ("id", "name", "owner", "status", "roles", "for", "ends", "last used")
    rows = [
        (
            row["id"],
            row["name"],
            row["owner"],
            row["status"],
            roles_of(row),
            clusters_of(row),
            minute(row["expires_time"]),
            minute(row["last_used_time"]),
        )
        for row in found
    ]
    print_rows(columns, rows)


@tokens.command(
    examples=["clusterwright tokens show ci", "clusterwright tokens show 0123456789ab --json"],
    see_also=["tokens list", "tokens self"],
)
@click.argument("token")
@json_option
@pass_session
def show(session: ApiSession, token: str, *, as_json: bool) -> None:
    """Show one token, named by its id or by a name that no other has."""
    tell(session.client.get(_path(session, token)), as_json=as_json)


@tokens.command(
    "self",
    examples=["clusterwright tokens self", "clusterwright --token-file token tokens self"],
    see_also=["tokens show", "doctor"],
)
@json_option
@pass_session
def show_own(session: ApiSession, *, as_json: bool) -> None:
    """Show the token that the command line sends.

    It tells who you are for the API, and what you may.
    """
    tell(session.client.get("/v1/tokens/self"), as_json=as_json)


@tokens.command(
    examples=["clusterwright tokens revoke ci", "clusterwright tokens revoke 0123456789ab"],
    see_also=["tokens rotate", "tokens list"],
)
@click.argument("token")
@json_option
@pass_session
def revoke(session: ApiSession, token: str, *, as_json: bool) -> None:
    """Make a token invalid for good.

    Within five seconds nobody is let in with it, and its id never comes back. TOKEN is its id, or
    a name that no other has. The last one that may administer stays.
    """
    revoked = session.client.post(f"{_path(session, token)}/revoke")
    if as_json:
        print_json(revoked)
        return
    click.echo(f"{revoked['id']} ({revoked['name']}): revoked")


@tokens.command(
    examples=[
        "clusterwright tokens rotate ci > token",
        "clusterwright tokens rotate 0123456789ab --overlap-hours 0 > token",
    ],
    see_also=["tokens create", "tokens revoke"],
)
@click.argument("token")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 720),
    default=24,
    show_default=True,
    help="How long the old one stays valid; 0 revokes it at once.",
)
@json_option
@pass_session
def rotate(session: ApiSession, token: str, *, overlap_hours: int, as_json: bool) -> None:
    """Make a token that takes another's place.

    The new one is printed alone to standard output, this once. It has a new id, and the name,
    roles and clusters of the old one, which ends after the overlap.
    TOKEN is the old one's id, or a name that no other has.
    """
    path = f"{_path(session, token)}/rotate"
    rotated = session.client.post(path, {"overlap_hours": overlap_hours})
    if as_json:
        print_json(rotated)
        return
    old, new = rotated["old"], rotated["new"]
    end = "is revoked" if old["status"] == "revoked" else f"ends {minute(old['expires_time'])}"
    click.echo(f"{old['id']} ({old['name']}) {end}", err=True)
    click.echo(f"{one_line(new)}\nthe token is told this once:", err=True)
    click.echo(new["token"])


def _path(session: ApiSession, word: str) -> str:
    """Return the address of a token that is named by its id, its name, or the whole of it."""
    if whole := WHOLE.fullmatch(word):
        word = whole[1]  # its secret is no part of an address, which stands in logs
    if not ID.fullmatch(word):
        word = _named(session, word)
    return f"/v1/tokens/{quote(word, safe='')}"


def _named(session: ApiSession, name: str) -> str:
    rows = session.client.rows("/v1/tokens", "tokens")
    found = [row["id"] for row in rows if row["name"] == name and row["status"] == "valid"]
    if len(found) == 1:
        return str(found[0])
    if found:
        raise Failure(
            f"cannot tell which token is meant: {len(found)} that are valid are called {name}: "
            f"{', '.join(found)}; name one by its id"
        )
    raise Failure(
        f"cannot find a token that is valid and called {name}; clusterwright tokens list has all"
    )
