"""The commands ``clusterwright lab fault ...``: let emulated commands misbehave on purpose."""

from __future__ import annotations

from typing import Any

import click

from cli.lab.options import LabGroup, host_argument, lab_option
from lab.lab import Lab


@click.group(
    "fault",
    cls=LabGroup,
    examples=[
        'clusterwright lab fault add n2 "microk8s join" fail-after --times 1',
        "clusterwright lab fault list n2",
        "clusterwright lab fault clear n2",
    ],
)
def fault_commands() -> None:
    """Let commands of a host fail, hang or lie."""


@fault_commands.command(
    "add", examples=['clusterwright lab fault add n2 "snap install" slow --seconds 30']
)
@host_argument
@click.argument("match")
@click.argument("action")
@click.option("--seconds", type=float, help="How long it lasts, for slow, hang and snap-busy.")
@click.option("--rc", type=int, help="The exit code of the failure.")
@click.option("--text", help="What the failure says.")
@click.option("--times", type=int, help="How often it happens; without it, always.")
@lab_option("--lab")
def add(host: str, match: str, action: str, lab_name: str, **details: Any) -> None:
    """Let commands that begin with MATCH misbehave by ACTION.

    Actions are, among others, fail-before, fail-after, slow, hang, false-success and snap-busy.
    """
    given = {name: value for name, value in details.items() if value is not None}
    fault = {"match": match, "action": action, **given}
    click.echo(Lab.open(lab_name).add_fault(host, fault))


@fault_commands.command("list", examples=["clusterwright lab fault list n2"])
@host_argument
@lab_option("--lab")
def list_(host: str, lab_name: str) -> None:
    """Show the faults that a host's commands have."""
    for fault in Lab.open(lab_name).faults(host):
        rest = {key: value for key, value in fault.items() if key not in ("id", "match", "action")}
        details = "".join(f" {key}={value}" for key, value in rest.items())
        click.echo(f"{fault['id']} {fault['match']!r} {fault['action']}{details}")


@fault_commands.command("clear", examples=["clusterwright lab fault clear n2"])
@host_argument
@click.argument("fault_id", required=False)
@lab_option("--lab")
def clear(host: str, fault_id: str | None, lab_name: str) -> None:
    """Take one fault away from a host, or all of them."""
    running = Lab.open(lab_name)
    running.clear_fault(host, fault_id)
    click.echo(f"{host}: {len(running.faults(host))} faults left")
