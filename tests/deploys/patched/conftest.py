"""A lab for the fleet, and fleets on it; collected only where gevent has patched the process.

``test_in_patched_process.py`` one folder up sees to that, and names the command.
"""

import dataclasses
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gevent.monkey import is_module_patched

from deploy_scripts.fleet.fleet import Fleet, Target
from deploy_scripts.ssh.connections import close_idle
from lab import Lab

HOSTS = 3

if not is_module_patched("socket"):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    with Lab.up(HOSTS, name=f"fleet-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab) -> Lab:
    """Hosts as freshly installed, on a whole network."""
    running_lab.heal()
    running_lab.reset()
    return running_lab


@pytest.fixture
def targets(running_lab: Lab) -> dict[str, Target]:
    return {host.name: Target(**dataclasses.asdict(host)) for host in running_lab.hosts}


@pytest.fixture
def make_fleet(targets: dict[str, Target]) -> Iterator[Callable[..., Fleet]]:
    """Make a fleet of the lab's hosts, or of targets made from theirs."""
    fleets: list[Fleet] = []

    def make(*chosen: Target, **options: Any) -> Fleet:
        fleet = Fleet(chosen or targets.values(), **{"connect_timeout": 3, **options})
        fleets.append(fleet)
        return fleet

    yield make
    for fleet in fleets:
        fleet.close()
    close_idle()


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    return make_fleet()
