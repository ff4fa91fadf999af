"""``clusterwright demo``: the whole product at work, on simulated hosts."""

import json
import sys
from typing import Any

import click

from cli.commands import Group
from cli.demo import Demo
from cli.demo_wish import CONTROL_PLANES, DemoWish
from cli.interruption import Ended, interruptible, undisturbed
from cli.kept_demo import kept_demos
from cli.output import console


@click.group(
    short_help="Form a cluster on simulated hosts, and end.",
    cls=Group,
    invoke_without_command=True,
    examples=[
        "clusterwright demo",
        "clusterwright demo --topology separated --workers 3 --json",
        "clusterwright demo --topology single --keep",
        "clusterwright demo end",
    ],
    exits={
        0: "The cluster was formed.",
        1: "It was not; what failed is told.",
        130: "Ctrl-C ended it, and nothing is left running.",
    },
    see_also=["lab", "up", "doctor"],
)
@click.option(
    "--topology",
    type=click.Choice(list(CONTROL_PLANES)),
    default="ha",
    show_default=True,
    help="One control plane node, three that also work, or three that are dedicated.",
)
@click.option(
    "--workers",
    type=click.IntRange(0, 30),
    help="Worker nodes.  [default: 3 for separated, else 0]",
)
@click.option("--json", "as_json", is_flag=True, help="The result as the last line of output.")
@click.option("--keep", is_flag=True, help="Leave stack and lab running, and say how to end them.")
@click.option(
    "--durations",
    type=click.Choice(["demo", "zero", "real"]),
    default="demo",
    show_default=True,
    help="How long emulated commands take.",
)
@click.option("--hosts-lab", metavar="NAME", help="A running lab whose hosts are used.")
@click.pass_context
def demo(
    ctx: click.Context,
    topology: str,
    workers: int | None,
    *,
    as_json: bool,
    keep: bool,
    durations: str,
    hosts_lab: str | None,
) -> None:
    """Form a cluster on simulated hosts: real SSH, Redis and Celery, and what is emulated is said.

    Ends with nothing left running. With --json the progress goes to standard error.
    """
    if ctx.invoked_subcommand:
        return
    wish, out = DemoWish.of(topology, workers), console(stderr=as_json)
    one = Demo(wish, out, durations=durations, lab=hosts_lab, keep=keep)
    result: dict[str, Any] | None = None
    code = 1
    try:
        with interruptible():
            result = one.run()
    except Ended as ended:
        click.echo(f"\nending ({ended}): the stack and the hosts, within some seconds", err=True)
        code = ended.exit_code
    finally:
        if keep and result is not None:
            out.print(one.how_to_reach(), soft_wrap=True)
        else:
            with undisturbed():
                one.end()
    if code != 1:
        click.echo("ended; nothing is left running", err=True)
    if as_json and result is not None:
        click.echo(json.dumps(result))
    sys.exit(0 if result is not None and result["status"] == "succeeded" else code)


@demo.command(examples=["clusterwright demo end"], see_also=["demo", "lab"])
def end() -> None:
    """End every demo that was kept running."""
    demos = list(kept_demos())
    for one in demos:
        click.echo(f"ending the demo at {one.url}")
        one.end()
    click.echo("ended; nothing is left running" if demos else "no demo was kept")
