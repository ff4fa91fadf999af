"""One stack of containers for the tests that need an engine; others skip them."""

import os

import pytest
from composed import Composed, free_port

ASKED = "CLUSTERWRIGHT_CONTAINERS"


def pytest_configure(config):
    config.addinivalue_line("markers", "containers: images and stack on a real container engine")


def pytest_collection_modifyitems(items):
    if os.environ.get(ASKED):
        return
    skip = pytest.mark.skip(reason="needs a container engine: run make e2e-containers")
    for item in items:
        if item.get_closest_marker("containers"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def built():
    """Both images, built from this tree."""
    composed = Composed(port=free_port())
    try:
        composed.compose("build", "worker", "lab-1", seconds=600)
        yield composed
    finally:
        composed.remove()


@pytest.fixture(scope="session")
def stack(built):
    """The whole stack with the lab's hosts, every container of it healthy."""
    try:
        built.compose("--profile", "lab", "up", "--detach", "--wait", "--no-build", seconds=180)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{built.logs()}") from None
    return built
