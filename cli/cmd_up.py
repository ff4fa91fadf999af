"""``clusterwright up``: the whole product in the foreground."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.interruption import Ended, interruptible, undisturbed
from cli.manual import Manual
from cli.places import DEFAULT_BIND, default_data_dir, keys_dir, logs_dir, token_file
from cli.stack import Stack, StackOptions


@click.command(
    short_help="Start Redis, API and Celery workers in the foreground.",
    cls=Manual,
    examples=[
        "clusterwright up",
        "clusterwright up --data ./data --bind 127.0.0.1:9000",
        "REDIS_URL=redis://10.0.0.2:6379/0 clusterwright up",
    ],
    exits={
        0: "It was asked to end, and has.",
        1: "The stack did not come up.",
    },
    see_also=["doctor", "demo"],
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="CLUSTERWRIGHT_DATA",
    help="Where jobs, keys and logs are kept.",
)
@click.option("--bind", default=DEFAULT_BIND, show_default=True, help="Address and port.")
@click.option(
    "--api-processes",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Processes that answer requests.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="Steps that the Celery worker carries out at once.",
)
def up(data: Path | None, bind: str, api_processes: int, concurrency: int) -> None:
    """Start Redis, API and Celery workers, and keep them running until Ctrl-C.

    One Celery worker carries out steps; another tells receivers of events, however long steps take.
    Redis is the one of REDIS_URL if that is set, else a server on the path, else the embedded one.
    A process that dies is started again; nothing is left behind at the end.
    """
    redis_url = os.environ.get("REDIS_URL")
    wish = StackOptions(
        (data or default_data_dir()).resolve(), bind, api_processes, concurrency, redis_url
    )
    stack = Stack(wish, _tell)
    try:
        with interruptible():
            stack.take()
            click.echo(f"starting in {wish.data_dir}", err=True)
            _show(wish, stack.start())
            stack.watch()
    except Ended as ended:
        click.echo(f"\nending ({ended})", err=True)
    finally:
        with undisturbed():
            stack.stop()


def _tell(text: str) -> None:
    click.echo(text, err=True)


def _show(wish: StackOptions, ready: Mapping[str, Any]) -> None:
    data = wish.data_dir
    click.echo(f"page      {wish.url}")
    click.echo(f"API       {wish.url}/v1, described at {wish.url}/docs")
    click.echo(f"token     {token_file(data)}")
    click.echo(f"SSH keys  {keys_dir(data)}")
    click.echo(f"logs      {logs_dir(data)}")
    for name, check in ready.get("checks", {}).items():
        if check["status"] != "pass":
            warning = f"WARNING: {name.replace('_', ' ')}: {check['detail']}"
            click.secho(warning, fg="red", bold=True, err=True)
    click.echo("ready; Ctrl-C ends it")
