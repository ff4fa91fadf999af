"""A server that the pages' requests are sent to, one for a whole file of tests."""

from collections.abc import Iterator

import pytest
from integration_stand import Stand, running_stand
from running_redis import RedisServer


@pytest.fixture(scope="module")
def stand(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(redis_server, tmp_path_factory.mktemp("stand")) as running:
        yield running
