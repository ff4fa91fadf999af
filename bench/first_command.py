"""Row: from a POST until the first command of the job begins on its host.

Each POST is about a host that nobody has connected to before, so the time holds an SSH connection
from its first packet on. The moment is written down by the shell that sshd starts (bench.sessions);
host and client share the machine's clock.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.alone import alone
from bench.processes import CannotMeasure, await_until
from bench.product import Product, running_product
from bench.row import Row, percentile, spread
from bench.sessions import began, stamp
from bench.setting import Setting
from lab.lab import Lab

TARGET_MS = 100
HOSTS = 10
QUICK_HOSTS = 3
COLD = 2
"""How often the Celery worker is started again for each round of warm POSTs."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What passed between a POST and its first command, in milliseconds."""

    accepted: float
    """Until the 202 has arrived."""
    claimed: float
    """Until the first step has begun."""
    command: float
    """Until the command's shell has begun on the host."""


def rows(setting: Setting) -> Iterator[Row]:
    """Post to a Celery worker that is warm, and to one that has just come up."""
    hosts = QUICK_HOSTS if setting.quick else HOSTS
    with (
        tempfile.TemporaryDirectory(prefix="cw-bench-") as folder,
        Lab.up(hosts, name=f"bench-{os.getpid()}", dqlite="emulated") as lab,
        running_product(Path(folder) / "product", lab) as product,
    ):
        _round(product, lab)  # nobody measures what is loaded once
        warm = [each for _ in range(setting.rounds) for each in _round(product, lab)]
        cold = [_first_after_start(product, lab) for _ in range(min(COLD, setting.rounds) or 1)]
    yield _warm_row(warm, setting.rounds)
    yield _cold_row(cold, warm)


def _round(product: Product, lab: Lab) -> list[Arrival]:
    """Ask for one cluster on each host of fresh ones, one after the other."""
    _fresh(product, lab)
    return [_post(product, lab, host.name) for host in lab.hosts]


def _fresh(product: Product, lab: Lab) -> None:
    lab.reset()
    product.forget()
    product.register(lab)
    for host in lab.hosts:
        stamp(lab, host.name)


def _first_after_start(product: Product, lab: Lab) -> Arrival:
    """Post as soon as a new Celery worker says that it is ready."""
    _fresh(product, lab)
    before = product.celery_workers()
    product.kill_celery()
    await_until(lambda: bool(product.celery_workers() - before), what="a new Celery worker")
    await_until(product.is_ready, what="the stack to be ready again")
    return _post(product, lab, lab.hosts[0].name)


def _post(product: Product, lab: Lab, host: str) -> Arrival:
    """Ask for a cluster of one host, and wait for its end."""
    begun = time.time()
    job_id = product.post(f"on-{host}", {"control_plane": [host]})
    accepted = time.time()
    for _ in product.events(job_id):
        pass
    job = product.succeeded(job_id)
    commands = began(lab, host)
    if not commands:
        raise CannotMeasure(f"cannot tell when a command began on {host}: its shell wrote nothing")
    moments = (accepted, job["steps"][0]["started"], commands[0])
    return Arrival(*((moment - begun) * 1000 for moment in moments))


def _warm_row(warm: list[Arrival], rounds: int) -> Row:
    times = [each.command for each in warm]
    half, most = percentile(times, 50), percentile(times, 95)
    accepted, claimed = (
        statistics.median(values)
        for values in zip(*((each.accepted, each.claimed) for each in warm), strict=True)
    )
    return Row(
        name="POST to first remote command, p50",
        ours=half,
        contender=None,
        ratio=None,
        target=f"at most {TARGET_MS} ms",
        met=half <= TARGET_MS,
        rounds=rounds,
        spread={"ours": {**spread(times), "p95": round(most, 1), "posts": len(times)}},
        unit="ms",
        note=(
            f"{len(times)} POSTs, each about another host that was never connected to before; "
            f"p95 {most:.0f} ms; the 202 arrives after {accepted:.0f} ms and the step begins after "
            f"{claimed:.0f} ms, so {half - claimed:.0f} ms are a new SSH connection and its first "
            "channel; read on the host as its shell begins; the host is simulated, SSH is real"
        ),
    )


def _cold_row(cold: list[Arrival], warm: list[Arrival]) -> Row:
    times = [each.command for each in cold]
    return Row(
        name="POST to first remote command, first job of a Celery worker",
        ours=statistics.median(times),
        contender=None,
        ratio=None,
        target="",
        met=True,
        rounds=len(cold),
        spread={"ours": spread(times), "warm": spread([each.command for each in warm])},
        unit="ms",
        note="posted as soon as a new Celery worker was ready",
    )


if __name__ == "__main__":
    alone(rows)()
