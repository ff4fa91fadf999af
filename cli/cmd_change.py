"""``clusterwright plan`` and ``clusterwright change``."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import click

from cli.asked_job import tell_job
from cli.change_manual import KindManual
from cli.change_options import change_body, change_options
from cli.commands import ApiSession, json_option, pass_session
from cli.errors import Interrupted
from cli.output import console, print_json
from cli.pasteable import pasteable
from cli.plan_view import plan_lines

CHECK_SECONDS = 90.0
"""For how long the hosts are waited for; the API answers before."""
EXAMPLE = "create-cluster prod --control-plane cp-1,cp-2,cp-3 --workers w-1,w-2 --environment prod"


@click.command(
    short_help="Show what a change would do; nothing happens.",
    cls=KindManual,
    examples=[
        f"clusterwright plan {EXAMPLE}",
        "clusterwright plan add-nodes prod --workers w-3 --check",
        "clusterwright plan add-nodes prod --workers w-3 --changes",
        "clusterwright plan create-cluster dev --param 'control_plane=[\"n1\"]' --json",
    ],
    exits={
        0: "The change is allowed.",
        1: "Findings refuse it, or it could not be planned, or its hosts not be asked.",
    },
    see_also=["change", "clusters show"],
)
@change_options
@click.option("--check", is_flag=True, help="Ask the hosts too; nothing is changed on them.")
@click.option("--changes", is_flag=True, help="Tell what each step changes on each host.")
@json_option
@pass_session
def plan(
    session: ApiSession,
    /,
    cluster: str,
    *,
    check: bool,
    changes: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Show what a change of KIND would do to CLUSTER; nothing happens.

    The plan tells every step, the voters expected after it, and every finding with its advice.
    What only the hosts know is not among them unless they are asked, with --check.
    """
    asked = {"check": check, "changes": changes}
    query = "&".join(f"{name}=true" for name, is_asked in asked.items() if is_asked)
    place = f"/v1/clusters/{quote(cluster, '')}/plans{'?' if query else ''}{query}"
    body = change_body(**options)
    if check:
        answer = session.client.post(place, body, wait=CHECK_SECONDS)
    else:
        answer = session.client.post(place, body)
    if as_json:
        print_json(answer)
    else:
        console().print("\n".join(plan_lines(answer)), soft_wrap=True)
    is_fit = answer.get("allowed", False) and (answer["checked"] or not answer["check"])
    sys.exit(0 if is_fit else 1)


@click.command(
    short_help="Have a change of a cluster carried out.",
    cls=KindManual,
    examples=[
        f"clusterwright change {EXAMPLE} --wait",
        "clusterwright change create-cluster dev --control-plane n1 --on-failure rollback",
    ],
    exits={
        0: "The change was accepted; with --wait, its job succeeded.",
        1: "It was refused or could not be asked for; with --wait, its job did not succeed.",
        130: "Ctrl-C; with --wait, the job goes on.",
    },
    see_also=["plan", "watch", "jobs show"],
)
@change_options
@click.option("--plan-digest", metavar="DIGEST", help="Carry out only the plan that was shown.")
@click.option("--wait", is_flag=True, help="Follow the job; exit code 1 unless it succeeds.")
@json_option
@pass_session
def change(
    session: ApiSession,
    /,
    cluster: str,
    *,
    plan_digest: str | None,
    wait: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Have a change of KIND carried out on CLUSTER; answers with its job.

    What is not said is left to the kind's defaults. The same request sent twice stays one job.
    """
    body = change_body(**options)
    if plan_digest:
        body["plan_digest"] = plan_digest
    try:
        job = session.client.post(f"/v1/clusters/{quote(cluster, '')}/changes", body)
    except KeyboardInterrupt:
        raise Interrupted(
            f"interrupted: it is not known whether the change was accepted; look with "
            f"{pasteable('jobs', 'list')}; the same change sent again stays one job"
        ) from None
    for line in _not_taken(job):
        click.echo(line, err=True)
    told = [f"  {pasteable('watch', job['id'][:8])}"]
    tell_job(session, job, told, wait=wait, as_json=as_json)


def _not_taken(job: Mapping[str, Any]) -> Iterator[str]:
    """Say that a job does the same already, and what of this request it does not take over."""
    if "not_taken" not in job:
        return
    yield f"job {job['id'][:8]} does the same already: nothing new was started"
    for name, row in job["not_taken"].items():
        kept, asked = (_as_text(row[side]) for side in ("kept", "asked"))
        yield f"  its {name} stays {kept}; not taken over: {asked}"


def _as_text(value: Any) -> str:
    return (", ".join(map(str, value)) if isinstance(value, list) else str(value)) or "empty"
