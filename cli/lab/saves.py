"""The commands ``clusterwright lab save``, ``restore`` and ``saved``."""

from __future__ import annotations

import time

import click

from cli.lab.options import lab_option
from cli.manual import Manual
from lab.errors import LabError
from lab.lab import Lab


def _saves(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """Return the saves of the lab that the command line names, for a shell's completion."""
    try:
        found = Lab.open(ctx.params.get("lab_name") or "default").saved()
    except LabError:
        return []
    return [save.name for save in found if save.name.startswith(begun)]


@click.command(
    short_help="Keep the whole state of all hosts under a name.",
    cls=Manual,
    examples=["clusterwright lab save formed", "clusterwright lab restore formed"],
    see_also=["lab restore", "lab saved", "lab reset"],
)
@click.argument("name", shell_complete=_saves)
@lab_option("--lab")
def save(name: str, lab_name: str) -> None:
    """Keep the whole state of all hosts under NAME, in place of an older save of that name.

    Files, MicroK8s with its members and Kubernetes objects, which services run, which host is off,
    faults, conditions, cuts and delays are kept until the lab ends. Hosts go on as if nothing had
    been.

    A lab with a frozen host, or with parts of an unpacked snap, cannot be saved.
    """
    running = Lab.open(lab_name)
    running.save(name)
    click.echo(f"{name}: the state of {len(running.hosts)} hosts")


@click.command(
    short_help="Put all hosts back to a save.",
    cls=Manual,
    examples=["clusterwright lab restore formed"],
    see_also=["lab save", "lab saved", "lab reset"],
)
@click.argument("name", shell_complete=_saves)
@lab_option("--lab")
def restore(name: str, lab_name: str) -> None:
    """Put all hosts back to the save NAME, as often as wished.

    Whatever happened after it is gone, its processes too. Hosts boot from the files that they had
    and run what they ran, under their addresses and host keys. Clocks are not put back.
    """
    running = Lab.open(lab_name)
    begun = time.monotonic()
    running.restore(name)
    took = time.monotonic() - begun
    click.echo(f"{len(running.hosts)} hosts are as in {name} again, after {took:.1f} s")


@click.command(
    short_help="Show the saves of a lab.",
    cls=Manual,
    examples=["clusterwright lab saved"],
    see_also=["lab save", "lab restore"],
)
@lab_option("--lab")
def saved(lab_name: str) -> None:
    """Show the saves of a lab, with the moment and the hosts of each."""
    found = Lab.open(lab_name).saved()
    for each in found:
        off = [host for host in each.hosts if host not in each.services]
        note = f"; off: {', '.join(off)}" if off else ""
        click.echo(f"{each.name}: {each.at}, {', '.join(each.hosts)}{note}")
    if not found:
        click.echo("no save; clusterwright lab save NAME makes one", err=True)
