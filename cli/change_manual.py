"""A command that takes a kind of change, whose options and manual page come from the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from cli.errors import Failure, Problem
from cli.kind_options import ParamOption, example_of, options_of
from cli.kinds import Kind, chosen, kinds_of
from cli.manual import Manual
from cli.pasteable import pasteable

CHOSEN = "clusterwright.kind"
FAILED = "clusterwright.kinds-failed"
NEEDS: Mapping[str, str] = {
    "new": "CLUSTER is the name of one that there is not yet.",
    "existing": "CLUSTER is one that is formed.",
}
FINAL = "There is no way back from it."
EXAMPLE_CLUSTER = "prod"


class KindManual(Manual):
    """A command ``KIND CLUSTER``: the API tells which kinds there are, and what each asks for.

    Without an API it still knows its own options, says why it does not know the rest, and fails.
    """

    example_more: Sequence[str] = ()
    """What an example of a kind has to say besides."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            kinds = kinds_of(ctx)
        except Failure as failure:
            ctx.meta[FAILED] = failure
            ctx.ignore_unknown_options = ctx.allow_extra_args = True
            super().parse_args(ctx, args)  # what is asked of the command alone is answered: --help
            raise
        ctx.meta[CHOSEN] = self._chosen(ctx, kinds, args)
        if ctx.resilient_parsing and args and args[-1].startswith("-"):
            # An option whose value is being completed; click would not read the arguments either.
            args = args[:-1]
        try:
            rest = super().parse_args(ctx, args)
        except click.MissingParameter as missing:
            if not missing.param or missing.param.name != "kind":
                raise
            names = ", ".join(kind["name"] for kind in kinds)
            raise click.MissingParameter(f"It is one of {names}", ctx, missing.param) from None
        ctx.params["params"] = self._kind_params(ctx)
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Problem as problem:
            options = (param for param in self.get_params(ctx) if isinstance(param, ParamOption))
            problem.options = {f"/params/{option.param}": option.opts[0] for option in options}
            raise

    def _chosen(
        self, ctx: click.Context, kinds: Sequence[Kind], args: Sequence[str]
    ) -> Kind | None:
        try:
            return chosen(kinds, args, self.params)
        except click.BadParameter:
            if ctx.resilient_parsing:
                return None
            raise

    def _kind_params(self, ctx: click.Context) -> dict[str, Any]:
        """Take the kind's options out of what was said, and return them as params."""
        options = [param for param in self.get_params(ctx) if isinstance(param, ParamOption)]
        found = {
            option.param: option.value(ctx.params.pop(option.name, None)) for option in options
        }
        return {name: value for name, value in found.items() if value is not None}

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = super().get_params(ctx)
        kind = ctx.meta.get(CHOSEN)
        return [*options_of(kind, self._taken(ctx)), *own] if kind else own

    def _taken(self, ctx: click.Context) -> frozenset[str]:
        """Return the options that are the command's own."""
        return frozenset(flag for param in super().get_params(ctx) for flag in param.opts)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        pieces = super().collect_usage_pieces(ctx)
        return [piece for piece in pieces if piece != "KIND"] if ctx.meta.get(CHOSEN) else pieces

    def shown_path(self, ctx: click.Context) -> str:
        kind = ctx.meta.get(CHOSEN)
        return f"{ctx.command_path} {kind['name']}" if kind else ctx.command_path

    def summary(self, ctx: click.Context) -> str:
        kind = ctx.meta.get(CHOSEN)
        return kind["summary"] if kind else super().summary(ctx)

    def description(self, ctx: click.Context) -> str:
        kind = ctx.meta.get(CHOSEN)
        if kind is None:
            return super().description(ctx)
        remarks = (NEEDS.get(kind["needs"], ""), FINAL if kind["final"] else "")
        about = " ".join((f"{kind['summary']}.", *filter(None, remarks)))
        return f"{super().description(ctx)}\n\n{about}"

    def example_lines(self, ctx: click.Context) -> Sequence[str]:
        kind = ctx.meta.get(CHOSEN)
        if kind is None:
            return super().example_lines(ctx)
        words = example_of(kind, self._taken(ctx))
        more = self.example_more
        return [pasteable(*_words_of(ctx), kind["name"], EXAMPLE_CLUSTER, *words, *more)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if ctx.meta.get(CHOSEN):
            self._write_params(ctx, formatter)
        else:
            self._write_kinds(ctx, formatter)
        own = (one for one in super().get_params(ctx) if isinstance(one, click.Option))
        with formatter.section("Options"):
            formatter.write_dl([row for one in own if (row := one.get_help_record(ctx))])

    def _write_params(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = (param for param in self.get_params(ctx) if isinstance(param, ParamOption))
        with formatter.section("Params"):
            rows = [row for option in options if (row := option.get_help_record(ctx))]
            if rows:
                formatter.write_dl(rows)
            else:
                formatter.write_text("None: it asks for nothing but the cluster.")

    def _write_kinds(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Kinds"):
            if failure := ctx.meta.get(FAILED):
                formatter.write_text(f"The API tells them, with their options: {failure}")
            else:
                formatter.write_dl([(kind["name"], kind["summary"]) for kind in kinds_of(ctx)])
                formatter.write_paragraph()
                words = pasteable(*_words_of(ctx), "KIND", "--help")
                formatter.write_text(f"{words} tells the params of a kind.")


def _words_of(ctx: click.Context) -> list[str]:
    """Return how the command is called, without the program."""
    return ctx.command_path.split(" ")[1:]
