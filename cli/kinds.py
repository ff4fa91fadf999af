"""The kinds of change as the API tells them; the command line knows none by itself."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import click
import httpx

from cli.commands import ApiSession
from cli.complete import ask
from cli.errors import Failure

PATH = "/v1/kinds"
KINDS_KEY = "clusterwright.kinds"
"""Where a context keeps them, so that one command line asks once."""
Kind = Mapping[str, Any]


def kinds_of(ctx: click.Context) -> list[Kind]:
    """Return the kinds of the API that the command line talks to.

    Raises ``Failure`` when it does not tell them; while a shell completes, there are none then.
    """
    if KINDS_KEY not in ctx.meta:
        ctx.meta[KINDS_KEY] = _asked(ctx)
    found: list[Kind] = ctx.meta[KINDS_KEY]
    return found


def _asked(ctx: click.Context) -> list[Kind]:
    session = ctx.find_object(ApiSession)
    if session is not None:
        return list(session.client.rows(PATH, "kinds"))
    try:
        return list(ask(ctx, PATH)["kinds"])
    except (Failure, httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError):
        return []


def chosen(
    kinds: Sequence[Kind], words: Sequence[str], options: Iterable[click.Parameter]
) -> Kind | None:
    """Return the kind that a command line names; ``None`` while it names none.

    ``options`` are those whose values are no name of a kind. Raises ``BadParameter`` for a kind
    that there is not.
    """
    by_name = {kind["name"]: kind for kind in kinds}
    plain = list(_plain(words, options))
    for word in plain:
        if word in by_name:
            return by_name[word]
    if not plain or not by_name:
        return None
    near = get_close_matches(plain[0], by_name, 1)
    advice = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(by_name)}"
    raise click.BadParameter(f"cannot use kind {plain[0]}: {advice}", param_hint="KIND")


def _plain(words: Sequence[str], options: Iterable[click.Parameter]) -> Iterable[str]:
    """Yield the words that are no options, nor values of the options that are known."""
    with_value = {
        flag
        for option in options
        if isinstance(option, click.Option) and not option.is_flag
        for flag in option.opts
    }
    is_value = False
    for word in words:
        if not is_value and not word.startswith("-"):
            yield word
        is_value = not is_value and word in with_value
