"""The command ``clusterwright lab up``: a lab, and how its hosts are set up."""

from __future__ import annotations

import click
from rich.console import Console

from cli.lab.options import lab_option, per_host
from cli.lab.status_view import status_view
from cli.manual import Manual
from lab.lab import Lab
from lab.setup import NETWORKS, SUDO, USERS


@click.command(
    short_help="Start a lab of N hosts, or of named ones.",
    cls=Manual,
    examples=[
        "clusterwright lab up 3 --durations demo",
        "clusterwright lab up cp-1 cp-2 cp-3 --memory cp-3=2 --name small",
        "clusterwright lab up 3 --networks nat --user ops",
        "clusterwright lab up 3 --snap ./squashfs-root",
        "clusterwright lab up 3 --proxy --cloud-init --name office",
    ],
    see_also=["lab status", "lab env", "lab condition", "lab down"],
)
@click.argument("hosts", nargs=-1, required=True)
@lab_option("--lab", "--name")
@click.option(
    "--durations",
    type=click.Choice(["zero", "demo", "real"]),
    default="zero",
    show_default=True,
    help="How long emulated commands take.",
)
@click.option(
    "--dqlite",
    type=click.Choice(["auto", "real", "emulated"]),
    default="auto",
    show_default=True,
    help="Membership of the datastore: go-dqlite's, or a model of it.",
)
@click.option(
    "--ssh",
    type=click.Choice(["auto", "sshd", "asyncssh"]),
    default="auto",
    show_default=True,
    help="What answers SSH inside hosts.",
)
@click.option("--cpus", multiple=True, metavar="[HOST=]N", help="Processors, 4 by default.")
@click.option("--memory", multiple=True, metavar="[HOST=]GIB", help="Memory, 8 GiB by default.")
@click.option(
    "--snap",
    type=click.Path(file_okay=False),
    envvar="CLUSTERWRIGHT_LAB_SNAP",
    metavar="DIR",
    help="An unpacked microk8s snap: its own wrappers, scripts, agent and dqlite shell are used.",
)
@click.option("--disk", default=64, show_default=True, help="Disk size of every host in GiB.")
@click.option(
    "--user",
    type=click.Choice(USERS),
    default="root",
    show_default=True,
    help="Whom SSH lets in; ops is an ordinary user who may use sudo without a password.",
)
@click.option(
    "--networks",
    type=click.Choice(NETWORKS),
    default="one",
    show_default=True,
    help="Where the default route is, see above.",
)
@click.option("--proxy", is_flag=True, help="A proxy in /etc/environment, which sudo reads again.")
@click.option("--cloud-init", is_flag=True, help="cloud-init makes /etc/hosts anew at every boot.")
@click.option(
    "--sudo",
    type=click.Choice(SUDO),
    default="auto",
    show_default=True,
    help="Debian's sudo or a script in its place; auto takes the real one where it matters.",
)
@click.option("--no-root-sudo", is_flag=True, help="Leave root out of sudoers.")
def up(
    hosts: tuple[str, ...],
    lab_name: str,
    durations: str,
    dqlite: str,
    ssh: str,
    cpus: tuple[str, ...],
    memory: tuple[str, ...],
    disk: int,
    snap: str | None,
    user: str,
    networks: str,
    sudo: str,
    *,
    proxy: bool,
    cloud_init: bool,
    no_root_sudo: bool,
) -> None:
    """Start a lab of N hosts (n1, n2, ...), or of hosts with the given names.

    Durations are those of emulated commands: none, short ones to watch, or MicroK8s' own.

    Networks: with one, a host's only interface has the default route. With nat, as Vagrant makes
    it, the default route is eth0's, which has the address 10.0.2.15 on every host; nodes reach
    each other by eth1. With management, eth0 is in a second network, its addresses differ.

    The proxy answers nothing, and NO_PROXY names no node: what asks it for a node fails at once.
    """
    one_number = len(hosts) == 1 and hosts[0].isdigit()
    names = [f"n{number}" for number in range(1, int(hosts[0]) + 1)] if one_number else list(hosts)
    running = Lab.up(
        names,
        name=lab_name,
        durations=durations,
        dqlite=dqlite,
        ssh=ssh,
        cpus=per_host(cpus, names, 4, "--cpus"),
        memory_gib=per_host(memory, names, 8, "--memory"),
        disk_gib=disk,
        snap=snap,
        user=user,
        networks=networks,
        sudo=sudo,
        proxy=proxy,
        cloud_init=cloud_init,
        root_sudo=not no_root_sudo,
    )
    Console().print(status_view(running))
    click.echo(f"\nssh -F {running.directory / 'ssh_config'} {running.hosts[0].name}")
    named = "" if lab_name == "default" else f" {lab_name}"
    click.echo(f"clusterwright hosts import --lab{named}   # once the stack runs: make up")
