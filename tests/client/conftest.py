import socket

import pytest
from both_clients import IsAwaited, Waits


@pytest.fixture(params=[Waits(), IsAwaited()], ids=lambda way: way.name)
def client(request):
    """Each of the two clients, asked in the same words."""
    return request.param


@pytest.fixture
def port():
    """A port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
