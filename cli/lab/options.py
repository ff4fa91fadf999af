"""What the lab's commands have in common: their options and how they report errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from cli.manual import ManualGroup
from lab import state
from lab.errors import LabError
from lab.lab import Lab

_Command = TypeVar("_Command", bound=Callable[..., Any])


class LabGroup(ManualGroup):
    """A group of commands whose lab errors are told in one line instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LabError as error:
            raise click.ClickException(str(error)) from error


def lab_option(*flags: str) -> Callable[[_Command], _Command]:
    """Say which lab is meant, where it is not the only one."""
    return click.option(
        *flags,
        "lab_name",
        default="default",
        show_default=True,
        envvar="CLUSTERWRIGHT_LAB",
        help="The lab's name.",
        shell_complete=_labs,
    )


def _hosts(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """Return the hosts of the lab that the command line names, for a shell's completion."""
    try:
        hosts = Lab.open(ctx.params.get("lab_name") or "default").hosts
    except LabError:
        return []
    return [host.name for host in hosts if host.name.startswith(begun)]


def _labs(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    return [name for name in state.traces() if name.startswith(begun)]


host_argument = click.argument("host", shell_complete=_hosts)


def per_host(words: Sequence[str], hosts: Sequence[str], default: int, flag: str) -> dict[str, int]:
    """Read a repeated option such as ``--cpus 4 --cpus n2=1``."""
    numbers = dict.fromkeys(hosts, default)
    for word in sorted(words, key=lambda word: "=" in word):
        host, _, number = word.rpartition("=")
        if not number.isdigit() or int(number) < 1:
            raise click.BadParameter(f"{word}: a number of at least 1 is wanted", param_hint=flag)
        if host and host not in numbers:
            raise click.BadParameter(f"{word}: no host is called {host}", param_hint=flag)
        numbers |= dict.fromkeys([host] if host else hosts, int(number))
    return numbers
