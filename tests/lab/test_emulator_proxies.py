"""Which proxy an emulated worker's join asks for its certificates, as ``requests`` chooses it."""

import socket
import threading

import pytest

from lab.emulator import proxies

PROXY = "http://10.79.0.1:3128"
NODE = "10.79.0.11"
NAMES = ("https_proxy", "http_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxies_of_this_machine(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, ""),
        ({"https_proxy": PROXY}, PROXY),
        ({"HTTPS_PROXY": PROXY}, PROXY),
        ({"http_proxy": PROXY}, ""),
        ({"ALL_PROXY": PROXY}, PROXY),
        ({"HTTPS_PROXY": PROXY, "https_proxy": ""}, ""),
        ({"https_proxy": PROXY, "NO_PROXY": "localhost,10.79.0.1"}, PROXY),
        ({"https_proxy": PROXY, "NO_PROXY": "localhost, 10.79.0.11"}, ""),
        ({"https_proxy": PROXY, "no_proxy": "10.79.0.0/24"}, ""),
        ({"https_proxy": PROXY, "no_proxy": "10.80.0.0/24,bad/word"}, PROXY),
        ({"https_proxy": PROXY, "no_proxy": "*"}, ""),
        ({"https_proxy": PROXY, "no_proxy": "", "NO_PROXY": "*"}, PROXY),
    ],
)
def test_the_environment_names_the_proxy_for_a_node(monkeypatch, environment, proxy):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert proxies.proxy_for(NODE) == proxy


def answering(line):
    """Listen on loopback, answer one request with a line, and return port and what was asked."""
    server = socket.create_server(("127.0.0.1", 0))
    asked = []

    def serve():
        with server, server.accept()[0] as connection:
            asked.append(connection.recv(4096))
            connection.sendall(f"{line}\r\n\r\n".encode())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return server.getsockname()[1], asked, thread


def test_a_proxy_that_lets_through_is_asked_for_a_tunnel(monkeypatch):
    port, asked, thread = answering("HTTP/1.1 200 Connection established")
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}/")

    proxies.connect(NODE, 25000, "/sign", 5).close()

    thread.join(5)
    assert asked == [b"CONNECT 10.79.0.11:25000 HTTP/1.0\r\n\r\n"]


def test_a_proxy_that_forbids_ends_the_join_with_its_answer(monkeypatch):
    port, _, _ = answering("HTTP/1.1 403 Forbidden")
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")

    with pytest.raises(proxies.ProxyError, match="Tunnel connection failed: 403 Forbidden"):
        proxies.connect(NODE, 25000, "/sign", 5)
