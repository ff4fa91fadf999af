"""``clusterwright demo``: the whole product at work, on simulated hosts."""

import json
import sys
from typing import Any

import click

from cli.demo import Demo
from cli.demo_wish import CONTROL_PLANES, DemoWish
from cli.interruption import Ended, interruptible, undisturbed
from cli.output import console
from lab.manual import Manual


@click.command(
    cls=Manual,
    examples=[
        "clusterwright demo",
        "clusterwright demo --topology separated --workers 3 --json",
        "clusterwright demo --topology single --keep",
    ],
    exits={0: "The cluster was formed.", 1: "It was not; what failed is told."},
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
def demo(
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
    wish, out = DemoWish.of(topology, workers), console(stderr=as_json)
    one = Demo(wish, out, durations=durations, lab=hosts_lab, keep=keep)
    result: dict[str, Any] | None = None
    try:
        with interruptible():
            result = one.run()
    except Ended as ended:
        click.echo(f"\nending ({ended})", err=True)
    finally:
        if keep and result is not None:
            out.print(one.how_to_reach(), soft_wrap=True)
        else:
            with undisturbed():
                one.end()
    if as_json and result is not None:
        click.echo(json.dumps(result))
    sys.exit(0 if result is not None and result["status"] == "succeeded" else 1)
