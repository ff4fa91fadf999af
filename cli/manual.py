"""Help that reads like a manual page: the same sections, in the same order, for every command."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import click

EXITS = {
    0: "It is done.",
    1: "It could not be done; standard error says why, and what to do.",
    2: "Wrong usage; nothing was done.",
}
"""What exit codes mean where a command does not say otherwise."""


class Manual(click.Command):
    """A command with a manual page: examples, exit codes and related commands beside click's own.

    ``examples`` are whole command lines that work when pasted.
    ``exits`` says what is different about its exit codes.
    ``see_also`` names related commands, as in ``jobs show``; without it, the group is named.
    """

    def __init__(
        self,
        *args: Any,
        examples: Sequence[str] = (),
        exits: Mapping[int, str] | None = None,
        see_also: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.context_settings.setdefault("help_option_names", ["-h", "--help"])
        self.examples, self.see_also = tuple(examples), tuple(see_also)
        self.exits = EXITS | dict(exits or {})

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        path = self.shown_path(ctx)
        with formatter.section("Name"):
            formatter.write_text(f"{path} - {self.summary(ctx)}")
        with formatter.section("Synopsis"):
            formatter.write_usage(path, " ".join(self.collect_usage_pieces(ctx)), "")
        with formatter.section("Description"):
            formatter.write_text(self.description(ctx))
        self.format_options(ctx, formatter)
        with formatter.section("Examples"):
            for line in self.example_lines(ctx):
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")
        with formatter.section("Exit status"):
            formatter.write_dl([(str(code), text) for code, text in sorted(self.exits.items())])
        with formatter.section("See also"):
            formatter.write_text(", ".join(f"{path} --help" for path in self.related(ctx)))

    def shown_path(self, ctx: click.Context) -> str:
        """Return the words that name what is told of."""
        return ctx.command_path

    def summary(self, ctx: click.Context) -> str:
        """Return what it is for, in one line."""
        return self.get_short_help_str(200)

    def description(self, ctx: click.Context) -> str:
        """Return what it does, in paragraphs."""
        return inspect.cleandoc(self.help or "")

    def example_lines(self, ctx: click.Context) -> Sequence[str]:
        """Return whole command lines."""
        return self.examples

    def related(self, ctx: click.Context) -> list[str]:
        """Return the whole command lines of the commands that are named, or of the group."""
        root = ctx.find_root().command_path
        if self.see_also:
            return [f"{root} {words}" for words in self.see_also]
        return [ctx.parent.command_path if ctx.parent else root]


class ManualGroup(Manual, click.Group):
    """A group of commands with a manual page."""

    command_class: type[click.Command] | None = Manual
