"""A real Redis-protocol server for the tests, started once and flushed for each."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as redis_client
from running_redis import RedisServer, running_redis

from workflows.connection import connect
from workflows.settings import Settings

# Under nohup hangups are ignored, and behind a script's & Ctrl-C is: what tests start would
# inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

FIRST = ("tests/deploys/test_in_patched_process.py", "tests/e2e/", "tests/deploys/on_lab_hosts/")
"""What lasts longest, though it has few tests: so that no process is left alone with it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what lasts longest; the order within a file stays."""
    items.sort(key=lambda item: [not item.nodeid.startswith(begin) for begin in FIRST])


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture
def settings(redis_server: RedisServer, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, redis_url=redis_server.url)


@pytest.fixture
def redis(settings: Settings) -> Iterator[redis_client.Redis]:
    """An empty database."""
    client = connect(settings)
    client.flushall()
    yield client
    client.close()
