"""Commands of ours that we print: they work when pasted where the present one was typed."""

import shlex

import click
from click.core import ParameterSource

from lab.program import program


def pasteable(*words: str) -> str:
    """Return a command line of ours that works where, and on what, the present one does.

    Options before the command, as ``--url``, are repeated if they were given.
    """
    return " ".join([program(), *_given(), *(shlex.quote(word) for word in words)])


def _given() -> list[str]:
    ctx = click.get_current_context(silent=True)
    if ctx is None:
        return []
    root = ctx.find_root()
    words: list[str] = []
    for option in root.command.params:
        name = option.name or ""
        source = root.get_parameter_source(name)
        if isinstance(option, click.Option) and source is ParameterSource.COMMANDLINE:
            words += [option.opts[0], shlex.quote(str(root.params[name]))]
    return words
