"""The command line ``clusterwright lab ...``."""

from __future__ import annotations

import dataclasses
import json
import shlex
import subprocess
import sys
from collections.abc import Callable

import click
from rich.console import Console

from cli.lab.conditions import condition_commands
from cli.lab.faults import fault_commands
from cli.lab.options import LabGroup, host_argument, lab_option
from cli.lab.saves import restore, save, saved
from cli.lab.status_view import status_view
from cli.lab.up import up
from lab import state
from lab.client_files import exports
from lab.lab import Lab
from lab.teardown import take_down


@click.group(
    cls=LabGroup,
    examples=[
        "clusterwright lab up 3",
        "clusterwright lab status",
        "clusterwright lab exec n1 -- hostname",
        "clusterwright lab down",
    ],
    see_also=["demo", "doctor"],
)
def lab() -> None:
    """Simulated hosts on this machine, reached over real SSH."""


lab.add_command(up)


@lab.command(examples=["clusterwright lab status --json"])
@lab_option("--lab")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(lab_name: str, *, as_json: bool) -> None:
    """Show the hosts of a lab and what of it is real or emulated."""
    running = Lab.open(lab_name)
    if not as_json:
        Console().print(status_view(running))
        return
    facts = {
        "name": running.name,
        "capabilities": running.capabilities,
        "setup": dataclasses.asdict(running.spec.setup),
        **running.status(),
    }
    for host in running.inventory():
        facts["hosts"][host["name"]] |= host
        facts["hosts"][host["name"]]["conditions"] = running.conditions(host["name"])
    click.echo(json.dumps(facts, indent=2))


@lab.command(
    "exec",
    context_settings={"ignore_unknown_options": True},
    examples=["clusterwright lab exec n1 -- journalctl -n 5", "clusterwright lab exec n1 -- bash"],
    exits={0: "The command's own exit code is handed on.", 1: "It could not be run, or said so."},
    see_also=["lab env"],
)
@host_argument
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@lab_option("--lab")
def exec_(host: str, command: tuple[str, ...], lab_name: str) -> None:
    """Run a command inside a host, not through SSH."""
    enter = Lab.open(lab_name).enter_command(host)
    script = command[0] if len(command) == 1 else shlex.join(command)
    sys.exit(subprocess.run([*enter, "sh", "-c", script], check=False).returncode)


def _on_host(name: str, action: Callable[[Lab, str], None], explanation: str) -> None:
    """Add a command that does one thing to one host."""

    @lab.command(name, help=explanation, examples=[f"clusterwright lab {name} n1"])
    @host_argument
    @lab_option("--lab")
    def command(host: str, lab_name: str) -> None:
        running = Lab.open(lab_name)
        action(running, host)
        facts = running.status()["hosts"][host]
        full = [f", {what} full" for what in ("disk", "inodes") if facts[f"{what}_full"]]
        click.echo(f"{host}: {facts['power']}{''.join(full)}")


_on_host("kill", Lab.kill, "Cut a host's power. Nobody gets an answer from it, not even a refusal.")
_on_host("boot", Lab.boot, "Switch a host on again; its files are as it left them.")
_on_host("reboot", Lab.reboot, "Stop a host's services in order and start it again.")
_on_host("freeze", Lab.freeze, "Stop all processes of a host. Connections open and stay silent.")
_on_host("thaw", Lab.thaw, "Let a frozen host continue.")
_on_host("disk-full", Lab.fill_disk, "Leave a host's disk without a free byte.")
_on_host("disk-free", Lab.free_disk, "Give a host with a full disk its space back.")
_on_host("inodes-full", Lab.fill_inodes, "Let a host's disk take no file more, for all its space.")
_on_host("inodes-free", Lab.free_inodes, "Let a host's disk take files again.")


@lab.command(
    examples=["clusterwright lab partition n1", "clusterwright lab partition n1 n2 --one-way"]
)
@host_argument
@click.argument("peer", required=False)
@click.option("--one-way", is_flag=True, help="Only what HOST sends is lost.")
@lab_option("--lab")
def partition(host: str, peer: str | None, lab_name: str, *, one_way: bool) -> None:
    """Cut a host off from another, or from all others.

    SSH from this machine stays open, unless PEER is the word outside.
    """
    running = Lab.open(lab_name)
    running.partition(host, peer, one_way=one_way)
    for source, target in running.status()["cuts"]:
        click.echo(f"{source} no longer reaches {target}")


@lab.command(examples=["clusterwright lab delay n1 40"])
@host_argument
@click.argument("milliseconds", type=click.IntRange(0, 60_000))
@lab_option("--lab")
def delay(host: str, milliseconds: int, lab_name: str) -> None:
    """Add a delay to every round trip of a host; 0 takes it away."""
    Lab.open(lab_name).delay(host, milliseconds)
    click.echo(f"{host}: every round trip takes {milliseconds} ms longer")


@lab.command(examples=["clusterwright lab heal"])
@lab_option("--lab")
def heal(lab_name: str) -> None:
    """Undo every partition and every delay."""
    Lab.open(lab_name).heal()
    click.echo("every host reaches every other")


@lab.command(
    context_settings={"ignore_unknown_options": True}, examples=["clusterwright lab skew n1 -3600"]
)
@host_argument
@click.argument("seconds", type=int)
@lab_option("--lab")
def skew(host: str, seconds: int, lab_name: str) -> None:
    """Set a host's clock wrong by so many seconds; 0 sets it right."""
    running = Lab.open(lab_name)
    running.skew_clock(host, seconds)
    click.echo(f"{host}: {running.exec(host, 'date').stdout.strip()}")


@lab.command(
    "age-certs",
    short_help="Let a node's certificates end in so many days.",
    examples=["clusterwright lab age-certs n1 10"],
    see_also=["lab skew"],
)
@host_argument
@click.argument("days", type=click.IntRange(1, 3650))
@lab_option("--lab")
def age_certificates(host: str, days: int, lab_name: str) -> None:
    """Let a node's server and front proxy certificates end in so many days."""
    Lab.open(lab_name).age_certificates(host, days)
    click.echo(f"{host}: its certificates end in {days} days")


lab.add_command(fault_commands)
lab.add_command(condition_commands)
lab.add_command(save)
lab.add_command(restore)
lab.add_command(saved)


@lab.command(
    short_help="Print where the key and ssh_config are.",
    examples=[
        'eval "$(clusterwright lab env --shell)"',
        'ssh -F "$CLUSTERWRIGHT_LAB_SSH_CONFIG" n1',
        'pyinfra "$CLUSTERWRIGHT_LAB_INVENTORY" exec -- hostname',
    ],
)
@lab_option("--lab")
@click.option("--shell", is_flag=True, help="Print export commands for eval.")
def env(lab_name: str, *, shell: bool) -> None:
    """Print where the lab's key, ssh_config and pyinfra inventory are."""
    running = Lab.open(lab_name)
    net = running.hosts[0].address.rpartition(".")[0]
    for variable, value in exports(running.directory, lab_name, net).items():
        click.echo(f"export {variable}={shlex.quote(value)}" if shell else f"{variable}={value}")


@lab.command(
    short_help="Put every host back to a freshly installed state.",
    examples=["clusterwright lab reset"],
)
@lab_option("--lab")
def reset(lab_name: str) -> None:
    """Put every host back to a freshly installed state and forget all faults."""
    running = Lab.open(lab_name)
    running.reset()
    click.echo(f"{len(running.hosts)} hosts are as new")


@lab.command(
    short_help="End a lab and remove its files.", examples=["clusterwright lab down --all"]
)
@lab_option("--lab")
@click.option("--all", "everything", is_flag=True, help="Every lab of this user.")
def down(lab_name: str, *, everything: bool) -> None:
    """End a lab: its processes, networks and files are gone afterwards."""
    names = state.traces() if everything else (lab_name,)
    for name in names:
        take_down(name)
        click.echo(f"lab {name} is gone")
