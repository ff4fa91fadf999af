"""``clusterwright approvals ...``."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from cli.approval_view import ASKS, policy_lines
from cli.commands import ApiSession, Group, json_option, pass_session
from cli.output import print_json
from cli.pasteable import pasteable
from cli.tables import print_rows
from cli.token_view import ENVIRONMENTS, minute

PATH = "/v1/approval-policy"
MEMBERS = ("asks", "environments", "final", "kinds", "within")


@click.group(
    short_help="List what waits for approval; say which changes need it.",
    cls=Group,
    examples=[
        "clusterwright approvals list",
        "clusterwright approvals policy",
        "clusterwright approvals policy --asks always --environment prod",
    ],
    see_also=["jobs approve", "jobs reject", "tokens create"],
)
def approvals() -> None:
    """Approvals: what waits for one, and which changes need one.

    A change that needs an approval waits until somebody else than who asked agrees to its very
    plan: clusterwright jobs approve shows the plan, and asks.
    """


@approvals.command(
    "list",
    short_help="List the jobs that wait for somebody's approval.",
    examples=["clusterwright approvals list", "clusterwright approvals list --cluster prod --json"],
    see_also=["jobs approve", "jobs reject", "jobs show"],
)
@click.option("--cluster", help="Only jobs of this cluster.")
@json_option
@pass_session
def list_approvals(session: ApiSession, cluster: str | None, *, as_json: bool) -> None:
    """List the jobs that wait for somebody's approval, newest first: who asks, and until when."""
    query = {"cluster": cluster, "status": "awaiting-approval", "per_page": 200}
    answer = session.client.get("/v1/jobs", **query)
    if as_json:
        print_json(answer)
    elif answer["jobs"]:
        columns = ("job", "cluster", "kind", "asked by", "via", "since", "until", "reason")
        print_rows(columns, [_row(job) for job in answer["jobs"]])
    else:
        click.echo(f"nothing waits for an approval; {pasteable('jobs', 'list')} lists all jobs")


def _row(job: Mapping[str, Any]) -> Sequence[str]:
    return (
        job["id"][:12],
        job["cluster"],
        job["kind"],
        job["requested_by_name"] or job["requested_by"] or "-",
        job["via"] or "-",
        minute(job["approval_asked_time"]),
        minute(job["expires_time"]),
        " ".join(job["reason"].split()),
    )


@approvals.command(
    short_help="Show which changes need an approval, or say otherwise.",
    examples=[
        "clusterwright approvals policy",
        "clusterwright approvals policy --asks always --within 8",
        "clusterwright approvals policy --environment prod --environment staging",
        "clusterwright approvals policy --kind upgrade --no-final",
        "clusterwright approvals policy --asks never",
    ],
    exits={0: "The policy is told; where it was changed, it is in force.", 1: "It is not changed."},
    see_also=["approvals list", "tokens list"],
)
@click.option(
    "--asks",
    type=click.Choice(list(ASKS)),
    help="others: once somebody else may approve. always: also where nobody else may. never: only "
    "where a change or a rule asks itself.",
)
@click.option(
    "--environment",
    "environments",
    type=click.Choice([*ENVIRONMENTS, "none"]),
    multiple=True,
    help="Every change of clusters for this needs an approval. Repeatable.",
)
@click.option(
    "--final/--no-final", default=None, help="Whether what has no way back needs an approval."
)
@click.option(
    "--kind", "kinds", multiple=True, help="A kind that always needs one, or none. Repeatable."
)
@click.option("--within", type=click.IntRange(1, 720), help="Hours in which somebody has to.")
@json_option
@pass_session
def policy(session: ApiSession, /, *, as_json: bool, **said: Any) -> None:
    """Show which changes need somebody's approval; with options, change that.

    What no option speaks of stays as it is. Somebody who writes at the same moment is not
    overwritten. It counts for changes that are asked for from now on, and needs the role admin.
    """
    found, tag = session.client.tagged(PATH)
    wanted = {name: _value(value) for name, value in said.items() if value not in (None, ())}
    if wanted:
        kept = {name: found[name] for name in MEMBERS}
        found = session.client.put(PATH, kept | wanted, {"If-Match": tag})
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(policy_lines(found)))


def _value(value: Any) -> Any:
    """Return an option as a member of the policy; ``none`` stands for an empty list."""
    if not isinstance(value, tuple):
        return value
    return [each for each in dict.fromkeys(value) if each != "none"]
