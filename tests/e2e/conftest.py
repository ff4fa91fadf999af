"""One lab and one stack for all end-to-end tests; each test begins with fresh hosts."""

import os
from pathlib import Path

import pytest
from running_redis import running_redis
from s3_server import s3_server, write_credentials
from stack import Stack

from lab import Lab

HOSTS = 5


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.fspath).parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def running_lab():
    with Lab.up(HOSTS, name=f"e2e-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def lab(running_lab):
    running_lab.heal()
    running_lab.reset()
    return running_lab


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory):
    # A server of its own: the other tests empty theirs.
    with running_redis() as server:
        stack = Stack(tmp_path_factory.mktemp("stack"), server.url, server.socket.parent)
        stack.start()
        yield stack
        stack.stop()


@pytest.fixture
def stack(running_stack, lab):
    """A running stack that knows the lab's hosts and nothing else."""
    running_stack.forget()
    running_stack.register(lab)
    return running_stack


@pytest.fixture
def bucket(stack):
    """A bucket that the Celery worker knows."""
    with s3_server() as served:
        file = write_credentials(stack.folder)
        stack.kill("worker")
        stack.start_worker(**served.environment("/site-1"))
        yield served
        stack.kill("worker")
        stack.start_worker()
        file.unlink()
