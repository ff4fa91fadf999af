"""The way of Python's ``requests`` through a proxy, as far as the environment asks for it.

MicroK8s' join talks to the seed in two ways: its first request knows no proxies, and a worker's
requests for certificates obey them.
"""

import ipaddress
import os
import socket

PLAIN = ("https_proxy", "all_proxy")
PROXY_PORT = 80


class ProxyError(Exception):
    """What ``requests`` raises; nothing catches it, so the command ends with a traceback."""


ProxyError.__module__ = "requests.exceptions"


def connect(address: str, port: int, path: str, seconds: float | None = None) -> socket.socket:
    """Connect to the address, through the proxy that the environment names for it."""
    proxy = proxy_for(address)
    if not proxy:
        return socket.create_connection((address, port), seconds)
    where = f"HTTPSConnectionPool(host='{address}', port={port}): Max retries exceeded"
    try:
        connection = socket.create_connection(_place(proxy), seconds)
    except OSError as error:
        reason = f"'Unable to connect to proxy', NewConnectionError('{error}')"
        raise ProxyError(f"{where} with url: {path} (Caused by ProxyError({reason}))") from error
    connection.sendall(f"CONNECT {address}:{port} HTTP/1.0\r\n\r\n".encode())
    answer = _head(connection).split("\r\n")[0]
    if answer.split(" ")[1:2] != ["200"]:
        connection.close()
        reason = f"'Unable to connect to proxy', OSError('Tunnel connection failed: {answer[9:]}')"
        raise ProxyError(f"{where} with url: {path} (Caused by ProxyError({reason}))")
    return connection


def proxy_for(address: str) -> str:
    """Return the proxy for HTTPS to an address; empty where it is reached directly."""
    found = (_variable(name) for name in PLAIN)
    proxy = next(filter(None, found), "")
    return "" if not proxy or is_excepted(address, _variable("no_proxy")) else proxy


def is_excepted(address: str, no_proxy: str) -> bool:
    """Whether NO_PROXY covers an address: as ``*``, as it stands, or by a network."""
    for word in no_proxy.replace(" ", "").split(","):
        if word in ("*", address):
            return True
        try:
            if "/" in word and ipaddress.ip_address(address) in ipaddress.ip_network(word, False):
                return True
        except ValueError:
            continue
    return False


def _variable(name: str) -> str:
    """The variable in small letters; only where there is none, not even an empty one, in large."""
    return os.environ.get(name, os.environ.get(name.upper(), ""))


def _place(proxy: str) -> tuple[str, int]:
    host, _, port = proxy.rpartition("//")[2].rstrip("/").rpartition("@")[2].partition(":")
    return host, int(port) if port.isdigit() else PROXY_PORT


def _head(connection: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head and (more := connection.recv(4096)):
        head += more
    return head.decode(errors="replace")
