"""Rows: what processes and a simulated host hold of memory, idle and while a cluster forms."""

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.alone import alone
from bench.contenders.work import Shape
from bench.process_memory import Memory, children_of, memory_of
from bench.product import Product, running_product
from bench.row import Row
from bench.setting import Setting
from lab.lab import Lab

HOSTS, QUICK_HOSTS = 10, 3
SAMPLE_SECONDS = 0.1
API, PARENT, CHILDREN, HOST = "API", "Celery worker, parent", "Celery worker, children", "lab host"
Parts = Mapping[str, Memory]


@dataclass(slots=True)
class Peak:
    """The most that each part was seen to hold."""

    parts: dict[str, Memory] = field(default_factory=dict)

    def see(self, parts: Parts) -> None:
        for name, memory in parts.items():
            before = self.parts.get(name)
            if before is None or memory.pss > before.pss:
                self.parts[name] = memory


def rows(setting: Setting) -> Iterator[Row]:
    """Look at a stack and its lab before, and all the time while, a cluster is formed."""
    hosts = QUICK_HOSTS if setting.quick else HOSTS
    with (
        tempfile.TemporaryDirectory(prefix="cw-bench-") as folder,
        Lab.up(hosts, name=f"bench-{os.getpid()}", dqlite="emulated") as lab,
        running_product(Path(folder) / "product", lab) as product,
    ):
        processes = {name: len(pids) for name, pids in _pids(product, lab).items()}
        idle = _look(product, lab)
        busy = _while_forming(product, lab, hosts)
    for name, memory in busy.items():
        yield _row(name, processes[name], idle[name], memory, hosts)


def _while_forming(product: Product, lab: Lab, hosts: int) -> Parts:
    """Form a cluster; return the most that each part held meanwhile."""
    peak, over = Peak(), threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_SECONDS):
            with suppress(FileNotFoundError, ProcessLookupError):  # one ended while it was read
                peak.see(_look(product, lab))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        product.create("bench", Shape.of(lab, hosts).params())
    finally:
        over.set()
        watcher.join()
    peak.see(_look(product, lab))
    return peak.parts


def _look(product: Product, lab: Lab) -> Parts:
    return {name: memory_of(pids) for name, pids in _pids(product, lab).items()}


def _pids(product: Product, lab: Lab) -> Mapping[str, tuple[int, ...]]:
    """Find the processes of each part; of the hosts, those of the first, which is the seed."""
    celery = product.celery_pid()
    api = product.api_pid()
    seed = lab.status()["hosts"][lab.hosts[0].name]["machine_pid"]
    return {
        API: (api, *children_of(api)),
        PARENT: (celery,),
        CHILDREN: children_of(celery),
        HOST: (seed, *_below(seed)),
    }


def _below(pid: int) -> Iterator[int]:
    for child in children_of(pid):
        yield child
        yield from _below(child)


def _row(name: str, processes: int, idle: Memory, busy: Memory, hosts: int) -> Row:
    each = f"{processes} processes" if processes > 1 else "1 process"
    if name == HOST:
        each = "all processes of the seed, its share of the lab's programs included"
    return Row(
        name=f"memory of the {name}, while a cluster of {hosts} hosts forms",
        ours=busy.pss_mib,
        contender=None,
        ratio=busy.pss / idle.pss,
        target="",
        met=True,
        rounds=1,
        spread={
            "ours": {"min": idle.pss_mib, "median": busy.pss_mib, "max": busy.pss_mib},
            "idle": {"pss_mib": idle.pss_mib, "rss_mib": idle.rss_mib},
            "busy": {"pss_mib": busy.pss_mib, "rss_mib": busy.rss_mib},
        },
        unit="MiB",
        note=(
            f"proportional set size of {each}, at its most, against {idle.pss_mib:.0f} MiB when "
            f"idle; resident {busy.rss_mib:.0f} against {idle.rss_mib:.0f} MiB"
        ),
    )


if __name__ == "__main__":
    alone(rows)()
