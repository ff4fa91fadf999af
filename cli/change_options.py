"""A change as a command line says it, for ``plan`` and for ``change``: what all kinds share."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TextIO, TypeVar

import click
from click.shell_completion import CompletionItem

from cli.change_manual import CHOSEN
from cli.key_values import pair
from cli.kind_options import COMPLETES
from cli.kinds import kinds_of
from cli.param_forms import json_or_text

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _kinds(ctx: click.Context, _: click.Parameter, begun: str) -> Sequence[CompletionItem[Any]]:
    return [
        CompletionItem(kind["name"], help=kind["summary"])
        for kind in kinds_of(ctx)
        if kind["name"].startswith(begun)
    ]


def _clusters(
    ctx: click.Context, param: click.Parameter, begun: str
) -> Sequence[CompletionItem[Any]]:
    """Complete what the name of its cluster means to a kind: one that is new, nothing does."""
    kind = ctx.meta.get(CHOSEN)
    complete = COMPLETES.get(kind["cluster"]) if kind else None
    return complete(ctx, param, begun) if complete else []


def change_options(command: _Command) -> _Command:
    """Add the arguments and options that every change has; they arrive as ``body``'s source."""
    for decorate in reversed(_OPTIONS):
        command = decorate(command)
    return command


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("kind", shell_complete=_kinds),
    click.argument("cluster", shell_complete=_clusters),
    click.option(
        "--param",
        "pairs",
        multiple=True,
        metavar="KEY=VALUE",
        help="One of the kind's params as the API takes it; VALUE is JSON, or else text. "
        "Repeatable.",
    ),
    click.option(
        "--params-file", type=click.File(), metavar="FILE", help="All params as JSON; - is stdin."
    ),
    click.option(
        "--accept",
        multiple=True,
        metavar="CODE",
        help="Carry on in spite of a finding. Repeatable.",
    ),
    click.option(
        "--on-failure",
        type=click.Choice(["stop", "rollback"]),
        default="stop",
        show_default=True,
        help="Keep what is done, or undo it.",
    ),
    click.option("--reason", default="", help="Why; shown with the job."),
    click.option(
        "--approve-within",
        type=click.IntRange(1, 720),
        metavar="HOURS",
        help="Wait until somebody approves the plan, for so long at most.",
    ),
)


def change_body(
    *,
    kind: str,
    params: dict[str, Any],
    pairs: tuple[str, ...],
    params_file: TextIO | None,
    accept: tuple[str, ...],
    on_failure: str,
    reason: str,
    approve_within: int | None = None,
) -> dict[str, Any]:
    """Return the request's body; what is not said is left to the kind's defaults.

    ``params`` are those of the kind's own options; raises ``BadParameter``.
    """
    found = (_from_file(params_file) if params_file else {}) | params
    for text in pairs:
        key, value = pair(text, "--param")
        found[key] = json_or_text(value)
    body: dict[str, Any] = {"kind": kind, "params": found, "on_failure": on_failure}
    if accept:
        body["accept"] = list(accept)
    if approve_within:
        body["approve_within"] = approve_within
    if reason:
        body["reason"] = reason
    return body


def _from_file(file: TextIO) -> dict[str, Any]:
    try:
        params = json.load(file)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="--params-file") from error
    if not isinstance(params, dict):
        raise click.BadParameter("a JSON object is wanted", param_hint="--params-file")
    return params
