"""Rows: forming a cluster, against an OpenSSH script and an Ansible playbook doing the same work.

All contenders take turns on one lab with fresh hosts each time, and what they leave on the hosts is
compared after every turn: a contender that did other work makes the benchmark fail.
"""

import os
import shutil
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.alone import alone
from bench.contenders.formers import (
    ANSIBLE,
    OURS,
    SSH,
    Clusterwright,
    Formed,
    Former,
    OverOpenSsh,
    WithAnsible,
)
from bench.contenders.work import Shape
from bench.cpu_time import cpu_seconds
from bench.end_state import EndState, check_same, end_state
from bench.product import running_product
from bench.row import Row, spread
from bench.sessions import began, stamp
from bench.setting import Setting
from lab.lab import Lab

FLOOR_RATIO, ANSIBLE_RATIO, GROWTH_RATIO = 1.5, 3.0, 4.0
SMALLEST, LARGEST = 3, 30
EMULATED = (
    "snap and MicroK8s are emulated and take no longer than their work, on hosts that share this "
    "machine's processors; SSH is real, and so is dqlite where it is installed"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One cluster that one contender formed on fresh hosts."""

    formed: Formed
    end: EndState
    sessions: int
    """SSH sessions: round trips that carry commands."""
    hosts_cpu: float
    """Seconds of processor time that the simulated hosts used."""


@dataclass(frozen=True, slots=True)
class Turns:
    """What one contender needed with so many hosts, turn by turn."""

    every: list[Turn] = field(default_factory=list)

    @property
    def seconds(self) -> list[float]:
        return [turn.formed.seconds for turn in self.every]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def sessions(self) -> float:
        return statistics.median(turn.sessions for turn in self.every)

    def as_spread(self) -> dict[str, Any]:
        """Return the seconds, and medians of what they are made of."""
        return {
            **spread(self.seconds),
            "sessions": self.sessions,
            "emulated_commands": _median(turn.end.emulated_commands for turn in self.every),
            "cpu": _median(turn.formed.cpu for turn in self.every),
            "hosts_cpu": _median(turn.hosts_cpu for turn in self.every),
        }

    def steps(self) -> dict[str, float]:
        """Return the median of each step."""
        every = [turn.formed.steps for turn in self.every]
        names = dict.fromkeys(name for steps in every for name in steps)
        return {name: _median(steps.get(name, 0.0) for steps in every) for name in names}


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 4)


def rows(setting: Setting) -> Iterator[Row]:
    """Form clusters of every size in turns; yield a row for each contender and size."""
    found = {hosts: measure(hosts, setting) for hosts in sorted(setting.hosts)}
    for hosts, turns in found.items():
        yield _against_floor(hosts, turns)
        yield _against_ansible(hosts, turns)
    if SMALLEST in found and LARGEST in found:
        yield _growth(found)
    if SMALLEST in found and not setting.quick and shutil.which("dqlite-demo"):
        yield _without_dqlite(measure(SMALLEST, setting, dqlite="emulated"))


def measure(hosts: int, setting: Setting, *, dqlite: str = "auto") -> dict[str, Turns]:
    """Let all contenders form a cluster of so many hosts, turn by turn."""
    with (
        tempfile.TemporaryDirectory(prefix="cw-bench-") as folder,
        Lab.up(hosts, name=f"bench-{os.getpid()}", dqlite=dqlite) as lab,
        running_product(Path(folder) / "product", lab) as product,
    ):
        formers: list[Former] = [
            Clusterwright(product),
            OverOpenSsh(Path(folder) / "ssh"),
            WithAnsible(Path(folder) / "ansible"),
        ]
        shape = Shape.of(lab, hosts)
        if not setting.quick:  # what is loaded once belongs to nobody's turn
            for former in formers:
                _turn(lab, shape, former)
        turns = {former.name: Turns() for former in formers}
        for number in range(setting.rounds):
            start = number % len(formers)  # nobody is always the first
            for former in formers[start:] + formers[:start]:
                turns[former.name].every.append(_turn(lab, shape, former))
    _check_work(turns)
    return turns


def _turn(lab: Lab, shape: Shape, former: Former) -> Turn:
    """Let one contender form a cluster on fresh hosts, and read what it has left there."""
    lab.reset()
    for host in shape.hosts:
        stamp(lab, host.name)
    before = cpu_seconds(lab.pid)
    formed = former.form(lab, shape)
    hosts_cpu = cpu_seconds(lab.pid) - before
    sessions = sum(len(began(lab, host.name)) for host in shape.hosts)
    return Turn(formed, end_state(lab, shape), sessions, hosts_cpu)


def _check_work(turns: Mapping[str, Turns]) -> None:
    """Refuse to compare contenders that have done different work in any turn."""
    first = turns[OURS].every[0].end
    for name, theirs in turns.items():
        for turn in theirs.every:
            check_same(first, turn.end, (OURS, name))


def _against_floor(hosts: int, turns: dict[str, Turns]) -> Row:
    ours, theirs = turns[OURS], turns[SSH]
    ratio = ours.median / theirs.median
    return Row(
        name=f"create a cluster of {hosts} hosts, against an OpenSSH script",
        ours=ours.median,
        contender=theirs.median,
        ratio=ratio,
        target=f"at most {FLOOR_RATIO} x" if hosts == SMALLEST else "",
        met=ratio <= FLOOR_RATIO or hosts != SMALLEST,
        rounds=len(ours.every),
        spread={
            "hosts": hosts,
            "ours": ours.as_spread(),
            "contender": theirs.as_spread(),
            "steps": ours.steps(),
        },
        note=(
            "POST to succeeded; the script keeps one connection per host (ControlMaster) and sends "
            f"the same commands in {theirs.sessions:.0f} sessions, the product in "
            f"{ours.sessions:.0f}, since it also looks before each step; {EMULATED}"
        ),
    )


def _against_ansible(hosts: int, turns: dict[str, Turns]) -> Row:
    ours, theirs, floor = turns[OURS], turns[ANSIBLE], turns[SSH]
    ratio = theirs.median / ours.median
    possible = theirs.median / floor.median
    return Row(
        name=f"create a cluster of {hosts} hosts, against ansible-core",
        ours=ours.median,
        contender=theirs.median,
        ratio=ratio,
        target=f"at least {ANSIBLE_RATIO:.0f} x faster" if hosts == SMALLEST else "",
        met=ratio >= ANSIBLE_RATIO or hosts != SMALLEST,
        rounds=len(ours.every),
        spread={"hosts": hosts, "ours": ours.as_spread(), "contender": theirs.as_spread()},
        note=(
            "times faster; playbook of raw tasks, each a batch of commands as large as the "
            "script's, with pipelining, 30 forks and kept connections; its start is part of it; "
            f"the OpenSSH script is {possible:.1f} x faster than it, which bounds what anybody "
            "can reach here"
        ),
    )


def _growth(found: dict[int, dict[str, Turns]]) -> Row:
    small, large = found[SMALLEST], found[LARGEST]
    ratio = large[OURS].median / small[OURS].median
    others = {name: round(large[name].median / small[name].median, 2) for name in (SSH, ANSIBLE)}
    return Row(
        name=f"{LARGEST} nodes (3 + {LARGEST - 3}) against {SMALLEST} nodes",
        ours=large[OURS].median,
        contender=None,
        ratio=ratio,
        target=f"at most {GROWTH_RATIO:.0f} x",
        met=ratio <= GROWTH_RATIO,
        rounds=len(large[OURS].every),
        spread={
            "ours": large[OURS].as_spread(),
            f"{SMALLEST} nodes": small[OURS].as_spread(),
            "growth of the others": others,
        },
        note=(
            f"{large[OURS].median:.1f} s against {small[OURS].median:.1f} s; the same ratio is "
            f"{others[SSH]} for the OpenSSH script and {others[ANSIBLE]} for Ansible: all "
            f"{LARGEST} emulated hosts share this machine's processors"
        ),
    )


def _without_dqlite(turns: dict[str, Turns]) -> Row:
    ours, theirs = turns[OURS], turns[SSH]
    return Row(
        name=f"create a cluster of {SMALLEST} hosts on emulated dqlite, beside an OpenSSH script",
        ours=ours.median,
        contender=theirs.median,
        ratio=ours.median / theirs.median,
        target="",
        met=True,
        rounds=len(ours.every),
        spread={"ours": ours.as_spread(), "contender": theirs.as_spread()},
        note=(
            "the same without the two seconds that dqlite-demo takes to make the third member a "
            f"voter; ansible-core takes {turns[ANSIBLE].median:.1f} s"
        ),
    )


if __name__ == "__main__":
    alone(rows)()
