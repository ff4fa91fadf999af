"""The command line that each module of rows has when it is run by itself."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict

import click
from rich.console import Console

from bench.row import Row
from bench.setting import HOSTS, ROUNDS, Setting
from bench.table import rich_table

Rows = Callable[[Setting], Iterator[Row]]


def alone(rows: Rows) -> click.Command:
    """Return a command that measures ``rows`` and shows them, and stores nothing."""

    @click.command()
    @click.option("--rounds", default=ROUNDS, show_default=True)
    @click.option("--hosts", multiple=True, type=int, default=HOSTS, show_default=True)
    @click.option("--quick", is_flag=True, help="Measure little; the numbers only look alive.")
    @click.option("--json", "as_json", is_flag=True, help="Print everything that was found.")
    def main(rounds: int, hosts: tuple[int, ...], *, quick: bool, as_json: bool) -> None:
        found = [asdict(row) for row in rows(Setting(rounds, hosts, quick))]
        if as_json:
            click.echo(json.dumps(found, indent=2))
        else:
            Console().print(rich_table(found))

    return main
