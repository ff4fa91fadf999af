"""``clusterwright jobs approve``: what is agreed to is shown first."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import click

from cli import progress_lines
from cli.approval_view import approval_lines
from cli.asked_job import tell_job
from cli.commands import ApiSession, json_option, pass_session
from cli.complete import jobs_that_can
from cli.errors import Failure
from cli.manual import Manual
from cli.pasteable import pasteable
from cli.progress import view_of
from cli.visible import visible


@click.command(
    short_help="Agree to a job that waits for approval.",
    cls=Manual,
    examples=[
        "clusterwright jobs approve 3f2a91c0",
        "clusterwright jobs approve 3f2a91c0 --yes --wait",
    ],
    exits={
        0: "It is under way; with --wait, the job succeeded.",
        1: "It is not approved: not possible now, or answered with no; with --wait, the job did "
        "not succeed.",
        130: "Ctrl-C; with --wait, the job goes on.",
    },
    see_also=["approvals list", "jobs reject", "jobs show"],
)
@click.argument("job_id", metavar="JOB", shell_complete=jobs_that_can("approve"))
@click.option("--yes", is_flag=True, help="Do not ask whether the plan is agreed to.")
@click.option(
    "--plan-digest",
    metavar="DIGEST",
    help="Only if the job's plan is this one, which was looked at before: nothing is asked.",
)
@click.option("--wait", is_flag=True, help="Follow the job until it is finished.")
@json_option
@pass_session
def approve(
    session: ApiSession,
    job_id: str,
    *,
    yes: bool,
    plan_digest: str | None,
    wait: bool,
    as_json: bool,
) -> None:
    """Agree to the plan of JOB, which waits for that: this plan is carried out, or nothing is.

    The plan is shown first: its steps, the voters before, during and after it, its findings, who
    asks and why. What is agreed to is the plan that was shown, and no other. Who has asked for a
    job does not approve it. The beginning of its id is enough: 4 signs or more.
    """
    digest = plan_digest or _agreed(session.client.job(job_id), yes=yes)
    path = f"/v1/jobs/{quote(job_id, safe='')}/approve"
    job = session.client.post(path, {"plan_digest": digest})
    told = progress_lines.next_lines(view_of(job))
    tell_job(session, job, told, wait=wait, as_json=as_json)


def _agreed(job: Mapping[str, Any], *, yes: bool) -> str:
    """Show a plan, ask whether it is agreed to, and return its digest.

    A job that does not wait, or that another has overtaken, is not asked about: the API says where
    it stands instead.
    """
    digest = str(job["plan_digest"])
    if job["status"] != "awaiting-approval" or job["overtaken_by"]:
        return digest
    for line in approval_lines(job):
        click.echo(visible(line), err=True)
    try:
        if yes or click.confirm("Approve this plan?", err=True):
            return digest
    except click.Abort:
        raise Failure(
            f"cannot ask whether job {job['id']} is approved: nobody answered; once its plan was "
            f"looked at, run {pasteable('jobs', 'approve', job['id'][:12], '--yes')}"
        ) from None
    reject = pasteable("jobs", "reject", job["id"][:12])
    raise Failure(f"cannot approve job {job['id']}: you said no; it waits still; {reject} ends it")
