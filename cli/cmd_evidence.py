"""``clusterwright jobs evidence``."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from cli.commands import ApiSession, json_option, pass_session
from cli.manual import Manual
from cli.reports import job_argument, output_option, show_or_write

FORMATS = ("markdown", "json")


@click.command(
    "evidence",
    cls=Manual,
    short_help="Show what a job has done, with who agreed to it.",
    examples=[
        "clusterwright jobs evidence 3f2a91c0",
        "clusterwright jobs evidence 3f2a91c0 --format markdown -o evidence.md",
        "clusterwright jobs evidence 3f2a91c0 --json -o evidence.json",
    ],
    see_also=["jobs show", "watch"],
)
@job_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="markdown",
    show_default=True,
    help="Markdown for people and tickets, or JSON, which the digest is of.",
)
@output_option
@json_option
@pass_session
def evidence(
    session: ApiSession, job_id: str, *, form: str, file: Path | None, as_json: bool
) -> None:
    """Show the evidence of JOB: the plan, who asked and agreed, the times, the quorum, the log.

    The beginning of its id is enough: 4 signs or more. Secrets are masked.

    The JSON document has a digest, a SHA-256 of all the rest of it: who keeps the document can show
    that nothing in it was changed. What was hashed is the rest as jq -cSj 'del(.digest)' writes it.
    """
    path = f"/v1/jobs/{quote(job_id, safe='')}/evidence"
    if as_json or form == "json":
        found: Any = session.client.get(path, format="json")
        text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
        digest = f", {found['digest']}"
    else:
        text, digest = session.client.text(path, format="markdown"), ""
    show_or_write(text, file, more=digest)
