"""The commands ``clusterwright lab condition ...``: put hosts into states that real ones are in."""

from __future__ import annotations

import click

from cli.lab.options import LabGroup, host_argument, lab_option
from lab.conditions import CONDITIONS
from lab.lab import Lab


@click.group(
    "condition",
    short_help="Let a host be as some real hosts are.",
    cls=LabGroup,
    examples=[
        "clusterwright lab condition add n2 greeting",
        "clusterwright lab condition list n2",
        "clusterwright lab condition clear n2",
    ],
    see_also=["lab up", "lab fault"],
)
def condition_commands() -> None:
    """Let a running host be as some real hosts are: a container, a shell that greets, ..."""


@condition_commands.command(
    "add",
    short_help="Put a host into a condition.",
    examples=[
        "clusterwright lab condition add n2 no-memory-cgroup",
        "clusterwright lab condition add n1 swallowing-shell",
        "clusterwright lab condition add n3 lies-terminal-codes",
    ],
    see_also=["lab condition list", "lab condition clear"],
)
@host_argument
@click.argument("condition", type=click.Choice(list(CONDITIONS)), metavar="CONDITION")
@lab_option("--lab")
def add(host: str, condition: str, lab_name: str) -> None:
    """Put HOST into CONDITION, until it is cleared or the lab is reset; a reboot changes nothing.

    About what the kernel shows and takes: sysctl-fixed (values suffice and cannot be written),
    sysctl-fixed-low (they fall short), no-memory-cgroup, no-modprobe, container.

    About the login shell of the user that SSH lets in: greeting (.bashrc prints lines before every
    command), swallowing-shell (it drops the command), tcsh, zsh, fish, forced-command.

    Of a host that somebody else has taken over: lies-name, lies-banner, lies-packets (instead of
    its SSH server), lies-terminal-codes, lies-long-lines, lies-line-150k, lies-line-1m,
    lies-flood, lies-endless, lies-not-utf8, lies-nan, lies-json (instead of a command's answer).
    """
    Lab.open(lab_name).add_condition(host, condition)
    click.echo(f"{host}: {CONDITIONS[condition]}")


@condition_commands.command("list", examples=["clusterwright lab condition list n2"])
@host_argument
@lab_option("--lab")
def list_(host: str, lab_name: str) -> None:
    """Show the conditions that a host is in."""
    for name in Lab.open(lab_name).conditions(host):
        click.echo(f"{name}: {CONDITIONS[name]}")


@condition_commands.command("clear", examples=["clusterwright lab condition clear n2 greeting"])
@host_argument
@click.argument("condition", required=False)
@lab_option("--lab")
def clear(host: str, condition: str | None, lab_name: str) -> None:
    """Take a host out of one condition, or of all."""
    running = Lab.open(lab_name)
    running.clear_condition(host, condition)
    click.echo(f"{host}: {', '.join(running.conditions(host)) or 'no condition left'}")
