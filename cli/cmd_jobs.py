"""``clusterwright jobs ...`` and ``clusterwright watch``."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import click
from rich.text import Text

from cli import progress_lines
from cli.approval_view import approval_lines
from cli.asked_job import followed, tell_job
from cli.cmd_approve import approve
from cli.commands import ApiSession, Group, json_option, pass_session
from cli.complete import clusters_named, jobs_that_can
from cli.manual import Manual
from cli.output import colour, console, duration, print_json, sign
from cli.pasteable import pasteable
from cli.progress import view_of
from cli.progress_live import LiveView
from cli.reports import job_argument
from cli.tables import print_rows
from cli.visible import visible

VERB_EXITS = {
    0: "It is under way; with --wait, the job succeeded.",
    1: "It is not possible now; with --wait, the job did not succeed.",
    130: "Ctrl-C; with --wait, the job goes on.",
}
Decorate = Callable[[click.Command], click.Command]
ID_ADVICE = "The beginning of its id is enough: 4 signs or more."


@click.command(
    short_help="Follow a job live until it is finished.",
    cls=Manual,
    examples=["clusterwright watch 3f2a91c0"],
    exits={
        0: "The job succeeded.",
        1: "It did not, or it could not be followed.",
        130: "Ctrl-C; the job goes on.",
    },
    see_also=["jobs show", "jobs list", "change"],
)
@job_argument
@json_option
@pass_session
def watch(session: ApiSession, job_id: str, *, as_json: bool) -> None:
    """Follow JOB live until it is finished; the beginning of its id is enough.

    A lost connection is made again without losing an event. Once its first step has begun, it says
    how long the job may still take, by past runs of its steps.
    With --json the progress goes to standard error, and the finished job to standard output.
    """
    followed(session, job_id, as_json=as_json)


@click.group(
    short_help="List, show, cancel, retry or roll back changes.",
    cls=Group,
    examples=[
        "clusterwright jobs list --status failed",
        "clusterwright jobs show 3f2a91c0",
        "clusterwright jobs retry 3f2a91c0 --wait",
    ],
    see_also=["watch", "change"],
)
def jobs() -> None:
    """Changes being carried out: list, show, cancel, retry, roll back."""


@jobs.command(
    "list",
    examples=["clusterwright jobs list --cluster prod --limit 5"],
    see_also=["jobs show", "watch"],
)
@click.option("--cluster", help="Only jobs of this cluster.", shell_complete=clusters_named)
@click.option("--status", help="Only jobs in this status, for example failed.")
@click.option(
    "--limit",
    type=click.IntRange(1, 200),
    default=20,
    show_default=True,
    help="How many at most.",
)
@json_option
@pass_session
def list_jobs(
    session: ApiSession, cluster: str | None, status: str | None, limit: int, *, as_json: bool
) -> None:
    """List jobs, newest first."""
    query = {"cluster": cluster, "status": status, "per_page": limit}
    answer = session.client.get("/v1/jobs", **query)
    if as_json:
        print_json(answer)
        return
    if answer["jobs"]:
        columns = ("job", "cluster", "kind", "status", "created", "took")
        print_rows(columns, [_row(row) for row in answer["jobs"]])
    else:
        click.echo(f"no jobs; {pasteable('change', '--help')} tells how to ask for one")


def _row(row: Mapping[str, Any]) -> list[str | Text]:
    created = datetime.fromtimestamp(row["created"]).astimezone()
    status = row["status"] + (f" ({row['position']})" if row["position"] else "")
    status += ", held back" if row.get("held_since") else ""
    return [
        row["id"][:12],
        row["cluster"],
        row["kind"],
        Text(f"{sign(row['status'])} {status}", colour(row["status"])),
        created.strftime("%Y-%m-%d %H:%M:%S"),
        duration(row["seconds"]),
    ]


@jobs.command(
    short_help="Show where a job stands and what to do next.",
    examples=["clusterwright jobs show 3f2a91c0", "clusterwright jobs show 3f2a91c0 --json"],
    see_also=["watch", "jobs evidence", "jobs retry", "jobs rollback"],
)
@job_argument
@json_option
@pass_session
def show(session: ApiSession, job_id: str, *, as_json: bool) -> None:
    """Show where JOB stands, each step, what failed and what to do next.

    The beginning of its id is enough: 4 signs or more.
    """
    job = session.client.job(job_id)
    if as_json:
        print_json(job)
        return
    view, out = view_of(job), console()
    out.print(LiveView(view))
    for line in (*progress_lines.notes(view), *progress_lines.ending(view)):
        out.print(line, soft_wrap=True)
    if job["status"] == "awaiting-approval":
        for line in approval_lines(job):
            click.echo(visible(line))


def _verb(
    verb: str, short: str, explanation: str, *options: Decorate, examples: Sequence[str] = ()
) -> None:
    """Add a command that asks one thing of a job; what its options say is the request's body."""

    @jobs.command(
        verb,
        short_help=short,
        help=f"{explanation}\n\n{ID_ADVICE}",
        examples=[
            f"clusterwright jobs {verb} 3f2a91c0",
            f"clusterwright jobs {verb} 3f2a91c0 --wait",
            *examples,
        ],
        exits=VERB_EXITS,
        see_also=["jobs show", "watch"],
    )
    @click.argument("job_id", metavar="JOB", shell_complete=jobs_that_can(verb))
    @click.option("--wait", is_flag=True, help="Follow the job until it is finished.")
    @json_option
    @pass_session
    def command(
        session: ApiSession, /, job_id: str, *, wait: bool, as_json: bool, **fields: Any
    ) -> None:
        body = {name: value for name, value in fields.items() if value}
        job = session.client.post(f"/v1/jobs/{quote(job_id, safe='')}/{verb}", body or None)
        told = progress_lines.next_lines(view_of(job))
        tell_job(session, job, told, wait=wait, as_json=as_json)

    for option in options:
        option(command)


def _named(_: click.Context, __: click.Parameter, values: Sequence[str]) -> list[str]:
    """Return what stands in an option that may be repeated, or hold several behind commas."""
    return [name for names in values for name in names.split(",") if name]


def _without(help_text: str) -> Decorate:
    return click.option(
        "--without", multiple=True, metavar="HOST", callback=_named, help=f"{help_text} Repeatable."
    )


_verb(
    "cancel",
    "Stop a job at the next safe point.",
    "Ask JOB to stop at the next safe point; what is done is kept.",
)
_verb(
    "retry",
    "Go on with a failed or cancelled job.",
    "Go on with a failed or cancelled JOB; hosts that are done are left alone.",
    click.option(
        "--accept",
        multiple=True,
        metavar="CODE",
        callback=_named,
        help="Go on in spite of a finding that ended the job. Repeatable.",
    ),
    _without("A host that is lost for good, and no node yet: go on without it."),
    examples=[
        "clusterwright jobs retry 3f2a91c0 --accept memory-too-small",
        "clusterwright jobs retry 3f2a91c0 --without n5",
    ],
)
jobs.add_command(approve)
_verb(
    "reject",
    "Do not agree to a job that waits for approval.",
    "Do not agree to JOB, which waits for that: it ends, and nothing is done.",
    click.option("--reason", default="", help="Why; shown with the job."),
    examples=['clusterwright jobs reject 3f2a91c0 --reason "not before Monday"'],
)
_verb(
    "rollback",
    "Undo what a job has done.",
    "Undo what a failed or cancelled JOB has done, last step first.",
    _without("A host that is lost for good: nothing is undone on it."),
    examples=["clusterwright jobs rollback 3f2a91c0 --without n2"],
)
