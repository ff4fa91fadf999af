"""What the lab's commands have in common: their options and how they report errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from lab.errors import LabError

_Command = TypeVar("_Command", bound=Callable[..., Any])


class LabCommand(click.Command):
    """A command whose epilogue is a list of examples, shown as they are."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_examples(self.epilog, formatter)


class LabGroup(click.Group):
    """A group of commands whose lab errors are told in one line instead of a traceback."""

    command_class = LabCommand

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_examples(self.epilog, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LabError as error:
            raise click.ClickException(str(error)) from error


def _write_examples(examples: str | None, formatter: click.HelpFormatter) -> None:
    if examples:
        with formatter.section("Examples" if "\n" in examples else "Example"):
            for line in examples.splitlines():
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")


def lab_option(flag: str) -> Callable[[_Command], _Command]:
    """Say which lab is meant, where it is not the only one."""
    return click.option(
        flag,
        "lab_name",
        default="default",
        show_default=True,
        envvar="CLUSTERWRIGHT_LAB",
        help="The lab's name.",
    )


host_argument = click.argument("host")


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
