"""``clusterwright doctor``: what is wrong, and how to mend it."""

import sys
from pathlib import Path

import click
from rich.text import Text

from cli.commands import ApiSession, json_option, pass_session
from cli.doctor import Check, Patient, Verdict, examine
from cli.manual import Manual
from cli.output import console, print_json
from cli.places import default_data_dir, token_file

SIGNS = {Verdict.PASS: ("✓", "green"), Verdict.WARN: ("!", "yellow"), Verdict.FAIL: ("✗", "red")}


@click.command(
    short_help="Check the stack, its files and this machine.",
    cls=Manual,
    examples=[
        "clusterwright doctor",
        "clusterwright doctor --json",
        "clusterwright --url http://10.0.0.2:8460 doctor",
    ],
    exits={0: "Nothing fails; there may be warnings.", 1: "Something fails."},
    see_also=["up", "lab status"],
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="CLUSTERWRIGHT_DATA",
    help="The data directory to look at.",
)
@json_option
@pass_session
def doctor(session: ApiSession, data: Path | None, *, as_json: bool) -> None:
    """Check the stack, its files, a bucket, this machine and what it can do for a lab.

    Each check passes, warns or fails, says what was seen, and how to mend what is not well.
    It works while the stack is down, changes nothing, and shows no secret.
    """
    usual = default_data_dir()
    folder = (data or usual).absolute()
    # A data directory has its own token, unless another file is named.
    is_usual = session.token_file == token_file(usual)
    file = token_file(folder) if is_usual else session.token_file
    patient = Patient(session.url, file, session.token, folder)
    found: list[tuple[str, Check]] = []
    for section, check in examine(patient):
        if not as_json:
            _show(section, check, first=not found or found[-1][0] != section)
        found.append((section, check))
    count = {verdict: sum(check.verdict is verdict for _, check in found) for verdict in Verdict}
    if as_json:
        worst = next((v for v in reversed(Verdict) if count[v]), Verdict.PASS)
        print_json({"verdict": worst, "checks": [{"section": s} | c.as_dict() for s, c in found]})
    else:
        numbers = ", ".join(f"{number} {verdict}" for verdict, number in count.items())
        click.echo(f"\n{numbers}")
    sys.exit(1 if count[Verdict.FAIL] else 0)


def _show(section: str, check: Check, *, first: bool) -> None:
    out = console()
    if first:
        out.print(f"\n{section}" if section != "stack" else section)
    sign, colour = SIGNS[check.verdict]
    line = Text.assemble(("  " + sign, colour), f" {check.name}: {check.seen}")
    out.print(line, soft_wrap=True)
    if check.mend:
        out.print(f"      -> {check.mend}", soft_wrap=True)
