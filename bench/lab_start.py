"""How long a lab takes to start, to reset and to end, by the number of its hosts.

"Start" ends when every host has answered with an SSH banner, "reset" likewise after fresh roots.
Run it on an otherwise idle machine: ``python bench/lab_start.py --rounds 5``.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable

import click
from rich.console import Console
from rich.table import Table

from lab import Lab

Sample = dict[str, float]


def measure(hosts: int, ssh: str) -> Sample:
    """Start, reset and end one lab, in seconds."""
    sample: Sample = {}

    def timed(what: str, action: Callable[[], object]) -> object:
        began = time.perf_counter()
        result = action()
        sample[what] = time.perf_counter() - began
        return result

    name = f"bench-{os.getpid()}"
    timed("start", lambda: Lab.up(hosts, name=name, ssh=ssh))
    lab = Lab.open(name)
    timed("reset", lab.reset)
    timed("reboot one", lambda: lab.reboot(lab.hosts[-1].name))
    timed("down", lab.down)
    return sample


def summary(samples: list[Sample]) -> dict[str, dict[str, float]]:
    """Median and extremes of each measurement."""
    return {
        what: {
            "median": statistics.median(sample[what] for sample in samples),
            "least": min(sample[what] for sample in samples),
            "most": max(sample[what] for sample in samples),
        }
        for what in samples[0]
    }


@click.command()
@click.option("--hosts", multiple=True, type=int, default=(3, 10, 30), show_default=True)
@click.option("--ssh", type=click.Choice(["auto", "sshd", "asyncssh"]), default="auto")
@click.option("--rounds", default=5, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(hosts: tuple[int, ...], ssh: str, rounds: int, *, as_json: bool) -> None:
    """Measure labs of each size, several times."""
    results = {count: summary([measure(count, ssh) for _ in range(rounds)]) for count in hosts}
    if as_json:
        click.echo(json.dumps({"rounds": rounds, "ssh": ssh, "seconds": results}, indent=2))
        return
    table = Table(title=f"seconds, median (least to most) of {rounds} rounds; snap is emulated")
    table.add_column("hosts", justify="right")
    for what in next(iter(results.values())):
        table.add_column(what, justify="right")
    for count, facts in results.items():
        cells = (f"{f['median']:.2f} ({f['least']:.2f}-{f['most']:.2f})" for f in facts.values())
        table.add_row(str(count), *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
