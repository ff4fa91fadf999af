"""What the renderers of the command line share: signs, colours, durations and consoles."""

import json
from typing import Any

import click
from rich.console import Console

from cli.visible import visible

SIGNS = {
    "pending": ("·", "dim"),
    "running": ("▸", "cyan"),
    "retrying": ("↻", "yellow"),
    "done": ("✓", "green"),
    "succeeded": ("✓", "green"),
    "failed": ("✗", "red"),
    "skipped": ("-", "dim"),
    "left-out": ("-", "dim"),
    "undoing": ("↶", "yellow"),
    "undone": ("↶", "dim"),
    "nothing-to-undo": ("-", "dim"),
    "stuck": ("‼", "bold red"),
    "queued": ("…", "dim"),
    "cancelling": ("■", "yellow"),
    "cancelled": ("■", "yellow"),
    "closing": ("↶", "yellow"),
    "rolling-back": ("↶", "yellow"),
    "rolled-back": ("↶", "yellow"),
    "outdated": ("✗", "red"),
    "awaiting-approval": ("?", "yellow"),
    "waiting": ("…", "yellow"),
    "rejected": ("✗", "red"),
    "expired": ("✗", "yellow"),
    "warn": ("!", "yellow"),
    "refuse": ("✗", "red"),
    "info": ("·", "dim"),
}


ENDLESS = 10_000
"""Wider than any line of ours."""


def sign(status: str) -> str:
    return SIGNS.get(status, ("·", ""))[0]


def colour(status: str) -> str:
    return SIGNS.get(status, ("·", ""))[1]


def duration(seconds: float | None) -> str:
    """Return seconds as a person reads them."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m{rest:02}s" if hours else f"{minutes}m{rest:02}s"


def age(seconds: float) -> str:
    """Return how long ago something was, in its largest unit: nobody needs to know more of it."""
    for unit, length, least in (("d", 86400, 2), ("h", 3600, 2), ("min", 60, 1)):
        if seconds >= least * length:
            return f"{int(seconds // length)} {unit}"
    return f"{max(int(seconds), 0)} s"


def counted(number: int, what: str) -> str:
    """Return a number of things in words, for example ``1 host`` or ``3 hosts``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def print_json(document: Any) -> None:
    """Print one JSON document to standard output."""
    click.echo(json.dumps(visible(document), indent=2, ensure_ascii=False))


def console(*, stderr: bool = False) -> Console:
    """Return a console that takes texts as they are, brackets included.

    What is no terminal has no width at which anything would be cut or broken.
    """
    out = Console(stderr=stderr, highlight=False, markup=False)
    if not out.is_terminal:
        out.width = ENDLESS
    return out
