"""Which connection makes room when too many wait for their client."""

import pytest
from gevent import socket

from api.http.waiting import Waiting

PROXY = "10.0.0.1"


@pytest.fixture
def waiting():
    return Waiting(lambda address: address == PROXY, per_address=3, in_all=6)


@pytest.fixture
def enter(waiting):
    """Have a new connection of an address wait; return the client's end of it and the server's."""
    opened = []

    def enter(address):
        ends = socket.socketpair()
        opened.extend(ends)
        waiting.enter(address, ends[1])
        return ends

    yield enter
    for end in opened:
        end.close()


def has_ended(ends):
    ends[0].settimeout(0.01)
    try:
        return ends[0].recv(1) == b""
    except TimeoutError:
        return False


def test_the_longest_waiting_of_an_address_makes_room(enter):
    first, *others = [enter("192.0.2.1") for _ in range(4)]

    assert has_ended(first)
    assert not any(map(has_ended, others))


def test_other_addresses_are_left_alone(enter):
    neighbour = enter("192.0.2.2")
    for _ in range(8):
        enter("192.0.2.1")

    assert not has_ended(neighbour)


def test_what_is_at_work_is_never_ended(enter, waiting):
    working = enter("192.0.2.1")
    waiting.leave("192.0.2.1", working[1])
    for _ in range(8):
        enter("192.0.2.1")

    assert not has_ended(working)


def test_a_trusted_proxy_may_have_more_up_to_the_limit_in_all(enter):
    first, *others = [enter(PROXY) for _ in range(7)]

    assert has_ended(first)
    assert not any(map(has_ended, others))


def test_in_all_the_address_with_most_makes_room(enter):
    lonely = [enter(f"192.0.2.{number}") for number in range(2, 5)]
    first, *_ = [enter("192.0.2.1") for _ in range(3)]
    lonely.append(enter("192.0.2.9"))

    assert has_ended(first)
    assert not any(map(has_ended, lonely))


def test_a_connection_that_left_counts_no_longer(enter, waiting):
    for _ in range(20):
        ends = enter("192.0.2.1")
        waiting.leave("192.0.2.1", ends[1])
        waiting.leave("192.0.2.1", ends[1])

    assert not has_ended(ends)
    assert not has_ended(enter("192.0.2.1"))
