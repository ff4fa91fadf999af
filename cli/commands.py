"""What all commands have in common: the API they talk to, their errors, ``--json``."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from cli.api_token import read_token
from cli.client import Client
from cli.errors import Failure
from cli.lab.options import LabGroup
from cli.output import print_json
from cli.visible import visible

AS_JSON = "clusterwright.as_json"
_Command = TypeVar("_Command", bound=Callable[..., Any])


class Group(LabGroup):
    """A group of commands whose failures are told on standard error, exit code 1 or their own."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Failure as failure:
            if ctx.meta.get(AS_JSON):
                print_json(failure.document())
            else:
                for line in failure.lines():
                    # A failure may quote a log, or another program.
                    click.echo(visible(line), err=True)
            sys.exit(failure.exit_code)


@dataclass(slots=True)
class ApiSession:
    """The API that the commands of one invocation talk to."""

    url: str
    token_file: Path
    token: str | None = None
    _client: Client | None = field(default=None)

    @property
    def client(self) -> Client:
        if self._client is None:
            self._client = Client(self.url, self.token or read_token(self.token_file))
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()


pass_session = click.make_pass_decorator(ApiSession)


def json_option(command: _Command) -> _Command:
    """Add ``--json``: standard output has one document, of the answer or of what went wrong."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        is_eager=True,
        callback=_remember,
        help="One JSON document, for programs; of an error, its problem document.",
    )(command)


def _remember(ctx: click.Context, _: click.Parameter, as_json: bool) -> bool:
    ctx.meta[AS_JSON] = as_json
    return as_json
