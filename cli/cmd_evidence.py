"""``clusterwright jobs evidence``."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from cli.commands import ApiSession, json_option, pass_session
from cli.complete import jobs_begun
from cli.errors import Failure
from cli.manual import Manual
from cli.visible import visible

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
@click.argument("job_id", metavar="JOB", shell_complete=jobs_begun)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="markdown",
    show_default=True,
    help="Markdown for people and tickets, or JSON, which the digest is of.",
)
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it to FILE, which only its owner may read.",
)
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
    if file is None:
        click.echo(visible(text), nl=False)
        return
    write(file, text)
    click.echo(f"wrote {file} ({len(text.encode())} bytes{digest})", err=True)


def write(file: Path, text: str) -> None:
    """Write a text to a file that only its owner may read, or say why that cannot be done."""
    try:
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"cannot write {file}: {error.strerror}; name another file with -o") from None
