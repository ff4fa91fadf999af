"""A real Redis-protocol server for the tests, started once and flushed for each."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from itertools import chain, groupby, zip_longest
from pathlib import Path

import hypothesis
import pytest
import redis as redis_client
from compiled_routes import compile_routes_once
from running_redis import RedisServer, running_redis

from workflows.process.connection import connect
from workflows.process.settings import Settings
from workflows.queue import app

# Under nohup hangups are ignored, and behind a script's & Ctrl-C is: what tests start would
# inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

# Processes that tests start compile nothing anew (see the Makefile), but what pytest makes of a
# test file is kept for the next run, and for the other processes of this one.
sys.dont_write_bytecode = False

compile_routes_once()

# How fast a machine is, and what else it does, says nothing of what is tested.
hypothesis.settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any-machine")

WAITING = ("tests/deploys/test_in_patched_process.py", "tests/e2e/", "tests/deploys/on_lab_hosts/")
"""What lasts longest, and waits for hosts for most of that time."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Let each of several processes begin with another folder, so that they share the compiling.

    In the same order, all of them would compile the same file at the same time.
    """
    config, process = session.config, os.environ.get("PYTEST_XDIST_WORKER")
    if process and config.args == config.getini("testpaths"):
        tests = Path("tests")
        beneath = {path.relative_to(tests).parts[0] for path in tests.rglob("test_*.py")}
        folders = [str(tests / name) for name in sorted(beneath)]
        count = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
        begin = len(folders) * int(process.removeprefix("gw")) // count
        config.args = folders[begin:] + folders[:begin]


def pytest_collection_finish() -> None:
    """Never look again for garbage among ten thousand tests, and less often among the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let files that wait and files that work take turns, so that processors are never idle.

    The longest begin, so that no process is left alone with one; the order within a file stays.
    """
    items.sort(key=lambda item: item.path)
    items.sort(key=lambda item: [not item.nodeid.startswith(begin) for begin in WAITING])
    files = [list(group) for _, group in groupby(items, key=lambda item: item.path)]
    waiting = [file for file in files if file[0].nodeid.startswith(WAITING)]
    working = [file for file in files if not file[0].nodeid.startswith(WAITING)]
    turns = chain.from_iterable(zip_longest(waiting, working, fillvalue=[]))
    items[:] = chain.from_iterable(turns)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with running_redis() as server:
        # Said here, as Celery would keep whichever server stands first in the environment.
        app.conf.broker_url = Settings(Path(), server.url).broker_url
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
