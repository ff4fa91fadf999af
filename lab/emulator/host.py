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
    # A look without a leader: `status` hangs for over a minute, and `leave` fails after 2 s.
    "no-leader": (3.0, 65.0),
    "leave-without-leader": (2.0, 2.0),
}


# Periods of running services, which a lab's host facts may set: (zero, demo, real).
PERIODS = {
    # dqlite rewrites cluster.yaml from what its leader says.
    "store_seconds": (2.0, 3.0, 30.0),
    # A Node whose kubelet is silent for so long is marked by the controller manager's leader.
    "grace_seconds": (3.0, 6.0, 40.0),
    # A worker's proxy looks at the endpoints.
    "proxy_seconds": (1.0, 3.0, 30.0),
    # The default addons come some time after an installation.
    "addons_seconds": (0.3, 2.0, 10.0),
}


class ThisHost(NamedTuple):
    """What the lab says of this host in /lab/host.json."""

    name: str
    address: str
    dqlite: str
    durations: str
    python: str
    periods: dict[str, float]
    # How many images the node's status lists: up to 50 in Kubernetes.
    images: int

    def choose(self, zero: float, demo: float, real: float) -> float:
        return {"zero": zero, "demo": demo}.get(self.durations, real)


@cache
def this_host() -> ThisHost:
    facts = files.read_json(f"{paths.LAB}/host.json", {})
    durations = str(facts.get("durations", "zero"))
    column = {"zero": 0, "demo": 1}.get(durations, 2)
    return ThisHost(
        name=facts.get("name", hostname()),
        address=facts.get("address", "127.0.0.1"),
        dqlite=facts.get("dqlite", "emulated"),
        durations=durations,
        python=facts.get("python", "/usr/bin/python3"),
        periods={name: float(facts.get(name, row[column])) for name, row in PERIODS.items()},
        images=int(facts.get("images", 0)),
    )


def period(name: str) -> float:
    return this_host().periods[name]


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
