"""`python -m lab.fidelity DIR`: compares the emulator with the parts of an unpacked snap."""

from __future__ import annotations

from pathlib import Path

import click

from lab.errors import LabError
from lab.fidelity import report, suite
from lab.fidelity.compare import Row
from lab.fidelity.labs import compare, two_labs
from lab.fidelity.situations import ALL
from lab.snap_dir import words

_ROOT = Path(__file__).parents[2]


@click.command()
@click.argument("snap", type=click.Path(file_okay=False))
@click.option("--tests/--no-tests", default=True, help="Run the contract tests and the main job.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=_ROOT / "build" / "fidelity",
    help="Where the reports go.",
)
def main(snap: str, output: Path, *, tests: bool) -> None:
    """Compare every command on a lab of SNAP's parts with the same on an emulated lab.

    A difference is a result, not an error: the table says what differs.
    """
    output.mkdir(parents=True, exist_ok=True)
    directory = str(Path(snap).resolve())
    try:
        with two_labs(directory) as (own, emulated):
            plan = own.spec.snap or {}
            click.echo(words.sentence(plan))
            rows = compare(own, emulated, ALL, _tell)
    except LabError as error:
        raise click.ClickException(str(error)) from error
    checks = suite.run(_ROOT, directory, output) if tests else []
    for row in checks:
        _tell(row)
    (output / "fidelity.md").write_text(report.markdown(rows, checks, words.sentence(plan)))
    (output / "fidelity.json").write_text(report.as_json(rows, checks, plan))
    click.echo(f"commands: {report.summary(rows)}")
    if checks:
        click.echo(f"tests: {report.summary(checks)}")
    click.echo(f"written: {output / 'fidelity.md'} and fidelity.json")


def _tell(row: Row) -> None:
    click.echo(f"{row.command:<14} {row.situation:<44} {row.verdict:<8} {row.detail}".rstrip())


if __name__ == "__main__":
    main()
