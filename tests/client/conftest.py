import pytest
from both_clients import IsAwaited, Waits


@pytest.fixture(params=[Waits(), IsAwaited()], ids=lambda way: way.name)
def client(request):
    """Each of the two clients, asked in the same words."""
    return request.param
