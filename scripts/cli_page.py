"""Writes docs/cli.md, the manual of the command line, from the commands themselves.

The kinds of change are those of this version: their options come from what its API tells of them.

Run ``.venv/bin/python scripts/cli_page.py`` after a change of a command; a test compares the two.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from api.app import create_app
from api.kinds import kind_body
from cli.change_manual import CHOSEN, KindManual
from cli.kinds import KINDS_KEY, Kind, kinds_of
from cli.main import cli
from workflows.kinds import KINDS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
PROGRAM = "clusterwright"
CHANGE = "change"
WIDTH = 80
HEAD = """\
# The command line

`clusterwright` talks HTTP to the API; `up`, `demo`, `doctor` and `lab` work on this machine, too.
This page is written by `scripts/cli_page.py` from what each command says to `--help`.

Shells complete commands, options, and the names of clusters, hosts, jobs and kinds of change:

```bash
source scripts/env
eval "$(clusterwright completion bash)"
```

When something does not work, ask `clusterwright doctor` first.
"""


def render() -> str:
    """Return the whole page."""
    manual = list(_walk(cli, PROGRAM, None))
    contents = [f"* [`{path}`](#{path.replace(' ', '-')})" for path, _ in manual]
    sections = [f"## {path}\n\n```text\n{text}\n```\n" for path, text in manual]
    return "\n".join([HEAD, *contents, "", *sections])


def _walk(
    command: click.Command, name: str, parent: click.Context | None
) -> Iterator[tuple[str, str]]:
    """Yield each command's whole name and its help, a group before what is in it."""
    settings = {**command.context_settings, "terminal_width": WIDTH}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    if parent is None:
        context.meta[KINDS_KEY] = kinds()
    yield context.command_path, command.get_help(context)
    if isinstance(command, KindManual) and name == CHANGE:
        yield from _kinds(command, context)
    if isinstance(command, click.Group):
        for word in command.list_commands(context):
            yield from _walk(command.commands[word], word, context)


def _kinds(command: KindManual, context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the help of each kind; its params are the same wherever a kind is named."""
    for kind in kinds_of(context):
        context.meta[CHOSEN] = kind
        yield f"{context.command_path} {kind['name']}", command.get_help(context)
    del context.meta[CHOSEN]


def kinds() -> list[Kind]:
    """Return the kinds of this version as its API tells them; nothing is served or asked."""
    with create_app().app_context():
        return [kind_body(kind) for kind in KINDS.values()]


if __name__ == "__main__":
    PAGE.write_text(render())
