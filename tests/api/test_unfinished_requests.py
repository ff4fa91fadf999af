"""What clients send that is no request, or never becomes one: the server as it is started."""

import contextlib
import json
import socket
import time

import httpx
import pytest
from served import is_alive, served

SECONDS = 90
PER_ADDRESS = 20
SLOW_POST = b"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\nx"


@pytest.fixture
def variables():
    return {"CLUSTERWRIGHT_CONNECTIONS_PER_ADDRESS": str(PER_ADDRESS)}


@pytest.fixture
def workers():
    """How many processes: one, so that what is counted per process can be told."""
    return ["--workers", "1"]


@pytest.fixture
def log(port, redis, settings, tmp_path, variables, workers):
    """Where a server writes, which runs for one test."""
    path = tmp_path / "server.log"
    with served(port, settings, path, *workers, **variables):
        yield path


def answered(port, sent):
    """Send bytes on a connection of their own; return status, headers and document."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        connection.sendall(sent)
        with connection.makefile("rb") as file:
            text = file.read()
    head, _, body = text.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode().lower(), json.loads(body)


@pytest.fixture
def connect(port):
    """Open so many connections, send something on each, and keep them until the test is over."""
    with contextlib.ExitStack() as kept:

        def connect(sent, number):
            found = []
            for _ in range(number):
                connection = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
                found.append(kept.enter_context(connection))
                connection.sendall(sent)
            return found

        yield connect


def is_open(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


CHUNKED = (
    b"POST /sign-in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
)
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
NO_REQUESTS = {
    "no host": (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    "nonsense": (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
    "a long line": (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "many headers": (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431),
    "an expectation": (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", 417),
    "a coding": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: br\r\n\r\n", 501),
    "a chunk of minus one": (CHUNKED + b"-1\r\nab\r\n0\r\n\r\n", 400),
    "a chunk of 0x2": (CHUNKED + b"0x2\r\nab\r\n0\r\n\r\n", 400),
    "a chunk without its end": (CHUNKED + b"2\r\nabXX0\r\n\r\n", 400),
    "a quoted extension": (CHUNKED + b'2;a="\r\nab\r\n0\r\n\r\n', 400),
}


def test_what_is_no_request_is_told_as_a_problem_and_without_a_traceback(log, port):
    for name, (sent, status) in NO_REQUESTS.items():
        found, head, document = answered(port, sent)

        assert (name, found, document["status"]) == (name, status, status)
        assert document["type"] == "/problems/bad-request"
        assert "content-type: application/problem+json" in head
        assert "connection: close" in head
    assert "Traceback" not in log.read_text()
    assert is_alive(port)


def test_no_header_moves_the_routes(log, port):
    answer = httpx.get(
        f"http://127.0.0.1:{port}/x/healthz", headers={"SCRIPT_NAME": "/x"}, trust_env=False
    )

    assert answer.status_code != 200


def test_slow_bodies_of_one_address_make_room_for_who_has_something_to_say(log, port, connect):
    slow = connect(SLOW_POST, 3 * PER_ADDRESS)

    began = time.monotonic()
    assert is_alive(port)
    assert time.monotonic() - began < 5
    deadline = time.monotonic() + 5
    while sum(map(is_open, slow)) > PER_ADDRESS and time.monotonic() < deadline:
        time.sleep(0.05)
    assert 0 < sum(map(is_open, slow)) <= PER_ADDRESS
    assert is_open(slow[-1])


@pytest.mark.slow  # it waits for the time limit of a body
def test_a_body_that_does_not_come_is_told_so_after_ten_seconds(log, port):
    began = time.monotonic()
    status, head, document = answered(port, SLOW_POST)

    assert (status, document["type"]) == (408, "/problems/slow-body")
    assert "connection: close" in head
    assert 9 < time.monotonic() - began < 15


class TestOfTwoThousand:
    """The limits as they are, without a setting."""

    @pytest.fixture
    def variables(self):
        return {}

    @pytest.fixture
    def workers(self):
        return []

    @pytest.mark.slow  # two thousand connections
    def test_two_thousand_slow_bodies_leave_the_server_answering_within_a_second(
        self, log, port, connect
    ):
        slow = connect(SLOW_POST, 2000)
        assert is_alive(port)  # it waits behind them for as long as it takes to accept them all

        waits = []
        for _ in range(10):
            began = time.monotonic()
            assert is_alive(port)
            waits.append(time.monotonic() - began)
            time.sleep(0.2)

        assert max(waits) < 1, waits
        assert len(slow) == 2000
