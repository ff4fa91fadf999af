"""``clusterwright demo``: the whole product at work, on simulated hosts."""

import json
import sys
from typing import Any

import click
from click.core import ParameterSource

from cli.commands import Group
from cli.demo import Demo
from cli.demo_wish import CONTROL_PLANES, DemoWish
from cli.interruption import Ended, interruptible, undisturbed
from cli.kept_demo import kept_demos
from cli.output import console
from cli.story.ops import OpsStory

OF_NO_STORY = ("workers", "as_json", "keep", "hosts_lab")
"""Parameters that a story, whose hosts and end are its own, does not take."""


@click.group(
    short_help="Form a cluster on simulated hosts, and end.",
    cls=Group,
    invoke_without_command=True,
    examples=[
        "clusterwright demo",
        "clusterwright demo --topology separated --workers 3 --json",
        "clusterwright demo --topology single --keep",
        "clusterwright demo --story ops",
        "clusterwright demo end",
    ],
    exits={
        0: "The cluster was formed, and the story came out.",
        1: "It was not, or did not; what failed is told.",
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
@click.option(
    "--story",
    type=click.Choice(["ops"]),
    help="Go on with a ticket, an approval in a chat, and a change that fails and is retried.",
)
@click.pass_context
def demo(
    ctx: click.Context,
    topology: str,
    workers: int | None,
    story: str | None,
    *,
    as_json: bool,
    keep: bool,
    durations: str,
    hosts_lab: str | None,
) -> None:
    """Form a cluster on simulated hosts: real SSH, Redis and Celery, and what is emulated is said.

    Ends with nothing left running. With --json the progress goes to standard error.

    With --story ops a ticket system and a chat, played by servers on loopback, ask for changes of
    the cluster, and both sides are shown.
    """
    if ctx.invoked_subcommand:
        return
    out = console(stderr=as_json)
    one: Demo | OpsStory
    if story:
        _check_alone(ctx)
        one = OpsStory(topology, out, durations=durations)
    else:
        wish = DemoWish.of(topology, workers)
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
        if keep and result is not None and isinstance(one, Demo):
            out.print(one.how_to_reach(), soft_wrap=True)
        else:
            with undisturbed():
                one.end()
    if code != 1:
        click.echo("ended; nothing is left running", err=True)
    if as_json and result is not None:
        click.echo(json.dumps(result))
    sys.exit(0 if result is not None and result["status"] == "succeeded" else code)


def _check_alone(ctx: click.Context) -> None:
    """Refuse options that a story has no use for."""
    for name in OF_NO_STORY:
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = next(one.opts[0] for one in ctx.command.params if one.name == name)
            raise click.UsageError(
                f"cannot play a story with {option}: leave it out, or leave --story out"
            )


@demo.command(examples=["clusterwright demo end"], see_also=["demo", "lab"])
def end() -> None:
    """End every demo that was kept running."""
    demos = list(kept_demos())
    for one in demos:
        click.echo(f"ending the demo at {one.url}")
        one.end()
    click.echo("ended; nothing is left running" if demos else "no demo was kept")
