"""Measures everything: ``python -m bench``; each module with ``rows`` is found by the folder."""

import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import click
from rich.console import Console

import bench
from bench import results
from bench.environments import ROOT, environment_of, run
from bench.machine import machine
from bench.processes import CannotMeasure
from bench.row import Row
from bench.setting import HOSTS, ROUNDS, Setting
from bench.table import rich_table, write_into

FOLDER = Path(__file__).resolve().parent
RESULTS, QUICK_RESULTS = FOLDER / "results.json", FOLDER / "results-quick.json"
PAGE, PLOTS = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance"
FIRST = ("create_cluster",)
"""What the table begins with; the rest is in the order of the alphabet."""
APART = ("__main__", "plots")
"""This module, and the one that runs in an environment of its own."""


def row_modules() -> dict[str, ModuleType]:
    """Return every module of this folder that measures rows, in the order of the table."""
    names = [found.name for found in iter_modules(bench.__path__) if found.name not in APART]
    modules = {name: import_module(f"bench.{name}") for name in names}
    found = {name: module for name, module in modules.items() if hasattr(module, "rows")}
    order = sorted(found, key=lambda name: (name not in FIRST, name))
    return {name: found[name] for name in order}


@click.command()
@click.option("--rounds", type=click.IntRange(1), help=f"How often; {ROUNDS} when left out.")
@click.option("--hosts", multiple=True, type=int, help="Sizes of clusters; 3, 10, 30 by default.")
@click.option("--only", multiple=True, metavar="NAME", help="Measure these modules alone.")
@click.option("--quick", is_flag=True, help="End within minutes; the numbers only look alive.")
@click.option("--docs", is_flag=True, help="Write the page on performance after a quick run, too.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where results go.")
def main(
    rounds: int | None,
    hosts: tuple[int, ...],
    only: tuple[str, ...],
    out: Path | None,
    *,
    quick: bool,
    docs: bool,
) -> None:
    """Measure the product against what a user would pick instead."""
    modules = row_modules()
    unknown = sorted(set(only) - set(modules))
    if unknown:
        raise click.UsageError(f"cannot measure {', '.join(unknown)}: there are {list(modules)}")
    setting = _setting(rounds, hosts, quick=quick)
    facts = machine()
    found, failed = _measure({n: m for n, m in modules.items() if not only or n in only}, setting)
    path = out or (QUICK_RESULTS if quick else RESULTS)
    new = results.document(found, facts)
    stored = results.merged(results.read(path), new, list(modules)) if only else new
    results.write(path, stored)
    Console().print(rich_table(new["rows"]))
    click.echo(f"results: {path}", err=True)
    if docs or not (quick or out):
        _write_docs(path, stored)
    if failed:
        sys.exit(f"cannot measure {', '.join(failed)}: see above")


def _setting(rounds: int | None, hosts: Sequence[int], *, quick: bool) -> Setting:
    if quick:
        fast = Setting.fast()
        return Setting(rounds or fast.rounds, tuple(hosts) or fast.hosts, quick=True)
    return Setting(rounds or ROUNDS, tuple(hosts) or HOSTS)


def _measure(
    modules: dict[str, ModuleType], setting: Setting
) -> tuple[dict[str, list[Row]], list[str]]:
    """Return the rows of each module, and the modules that could not measure."""
    found: dict[str, list[Row]] = {}
    failed: list[str] = []
    for name, module in modules.items():
        began = time.monotonic()
        click.echo(f"{name}: {(module.__doc__ or '').splitlines()[0]}", err=True)
        try:
            found[name] = list(module.rows(setting))
        except CannotMeasure as error:  # the other rows still count
            click.echo(f"{name}: {error}", err=True)
            failed.append(name)
        click.echo(f"{name}: {time.monotonic() - began:.0f} s", err=True)
    return found, failed


def _write_docs(path: Path, stored: results.Results) -> None:
    """Bring table and plots of the page up to date."""
    write_into(PAGE, stored)
    programs = environment_of("plots", FOLDER / "plots.requirements.txt")
    PLOTS.mkdir(exist_ok=True)
    run([str(programs / "python"), str(FOLDER / "plots.py"), str(path), str(PLOTS)], "draw plots")
    click.echo(f"page: {PAGE.relative_to(ROOT)}", err=True)


if __name__ == "__main__":
    main()
