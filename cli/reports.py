"""Reports of a job as commands give them: which job, shown, or written to a file of one's own."""

from pathlib import Path

import click

from cli.complete import jobs_begun
from cli.errors import Failure
from cli.visible import visible

job_argument = click.argument("job_id", metavar="JOB", shell_complete=jobs_begun)
output_option = click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it to FILE, which only its owner may read.",
)


def show_or_write(text: str, file: Path | None, *, more: str = "") -> None:
    """Show a text, or write it where a file is named, and say so with its size and ``more``.

    Only its owner may read the file. Raises ``Failure`` where it cannot be written.
    """
    if file is None:
        click.echo(visible(text), nl=False)
        return
    try:
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"cannot write {file}: {error.strerror}; name another file with -o") from None
    click.echo(f"wrote {file} ({len(text.encode())} bytes{more})", err=True)
