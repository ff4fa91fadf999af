"""A running lab of three hosts for the tests of this folder, freshly installed for each."""

import os
from collections.abc import Iterator

import pytest

from lab import Lab


@pytest.fixture(scope="session")
def shared_lab() -> Iterator[Lab]:
    with Lab.up(3, name=f"tests-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    shared_lab.reset()
    return shared_lab
