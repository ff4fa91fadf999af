"""A lab of real SSH hosts for the steps, freshly installed for each test."""

import os
from collections.abc import Iterator

import pytest
from steps import Steps

from lab import Lab


@pytest.fixture(scope="session")
def steps_lab() -> Iterator[Lab]:
    with Lab.up(4, name=f"deploys-{os.getpid()}") as lab:
        yield lab


@pytest.fixture(scope="session")
def step_process(steps_lab: Lab) -> Iterator[Steps]:
    steps = Steps(steps_lab)
    yield steps
    steps.kill()


@pytest.fixture
def lab(steps_lab: Lab) -> Lab:
    steps_lab.heal()
    steps_lab.reset()
    return steps_lab


@pytest.fixture
def steps(step_process: Steps, lab: Lab) -> Iterator[Steps]:
    """Steps on fresh hosts; what a test changed about how to reach them is undone."""
    before = {name: dict(row) for name, row in step_process.targets.items()}
    yield step_process
    step_process.targets, step_process.mark, step_process.lost = before, {}, []
