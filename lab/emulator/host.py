"""Who this host is, and how long its simulated work takes."""

import os
import time
from functools import cache
from typing import NamedTuple

from lab.emulator import files, paths

# Seconds by kind of work: (demo, real). Zero mode waits for nothing.
WAITS = {
    "install": (3.0, 90.0),
    "node-ready": (1.0, 20.0),
    "join": (1.5, 16.0),
    "leave": (1.0, 20.0),
    "restart": (1.0, 6.0),
    "refresh": (3.0, 90.0),
    "remove": (1.0, 15.0),
    "enable": (1.0, 20.0),
    "drain": (1.0, 20.0),
    "backup": (0.5, 5.0),
    "certificates": (0.5, 8.0),
}


STORE_SECONDS = {"zero": 2.0, "demo": 3.0}


class Host(NamedTuple):
    """What the lab says of this host in /lab/host.json."""

    name: str
    address: str
    dqlite: str
    durations: str
    python: str
    store_seconds: float
    """How often dqlite rewrites `cluster.yaml` from what its leader says: 30 s in MicroK8s."""

    def choose(self, zero: float, demo: float, real: float) -> float:
        return {"zero": zero, "demo": demo}.get(self.durations, real)


@cache
def this_host() -> Host:
    facts = files.read_json(f"{paths.LAB}/host.json", {})
    durations = str(facts.get("durations", "zero"))
    return Host(
        name=facts.get("name", hostname()),
        address=facts.get("address", "127.0.0.1"),
        dqlite=facts.get("dqlite", "emulated"),
        durations=durations,
        python=facts.get("python", "/usr/bin/python3"),
        store_seconds=float(facts.get("store_seconds", STORE_SECONDS.get(durations, 30.0))),
    )


def hostname() -> str:
    return os.uname().nodename.lower()


def seconds(kind: str) -> float:
    """How long this kind of work takes in the lab's mode of durations."""
    demo, real = WAITS[kind]
    return this_host().choose(0.0, demo, real)


def work(kind: str) -> None:
    """Take as long as this kind of work takes in the lab's mode of durations."""
    if seconds(kind):
        time.sleep(seconds(kind))


def poll_interval(real_seconds: float) -> float:
    """The pause between two looks of a wait loop, which MicroK8s spends as `real_seconds`."""
    return this_host().choose(0.05, min(0.3, real_seconds), real_seconds)


def ready_grace() -> float:
    """Seconds without a lease after which a Node counts as NotReady."""
    return this_host().choose(3.0, 6.0, 40.0)
