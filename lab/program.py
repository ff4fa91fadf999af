"""Our own command as the person at the keyboard calls it, so that what we print can be pasted."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

import click
from click.core import ParameterSource

PROGRAM = "clusterwright"


def program() -> str:
    """Return the command's name if a shell finds it, else the path by which it was called."""
    called = Path(sys.argv[0])
    if called.name != PROGRAM:
        return PROGRAM
    found = shutil.which(PROGRAM)
    if found and os.path.samefile(found, called):
        return PROGRAM
    return shlex.quote(str(called))


def pasteable(*words: str) -> str:
    """Return a command line of ours that works where, and on what, the present one does.

    Options before the command, as ``--url``, are repeated if they were given.
    """
    line = [program(), *_given(), *(shlex.quote(word) for word in words)]
    return " ".join(line)


def _given() -> list[str]:
    ctx = click.get_current_context(silent=True)
    if ctx is None:
        return []
    root = ctx.find_root()
    words: list[str] = []
    for option in root.command.params:
        source = root.get_parameter_source(option.name or "")
        if isinstance(option, click.Option) and source is ParameterSource.COMMANDLINE:
            words += [option.opts[0], shlex.quote(str(root.params[option.name or ""]))]
    return words
