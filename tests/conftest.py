"""A real Redis-protocol server for the tests, started once and flushed for each."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as redis_client
from running_redis import RedisServer, running_redis

from workflows.connection import connect
from workflows.settings import Settings

# Whoever runs the tests under nohup ignores hangups, and what they start would inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


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
