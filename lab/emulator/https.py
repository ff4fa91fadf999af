"""A small HTTPS server for the cluster agent and the API server, and a client for joiners.

`http.server` and `http.client` take longer to import than a whole command may take.
"""

import json
import socket
import ssl
from collections.abc import Callable
from typing import Any, NamedTuple

MAX_HEAD = 65536


class Request(NamedTuple):
    """One HTTP request as a service sees it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    peer: str

    @property
    def contacted(self) -> str:
        """The address that the client used to reach this node."""
        return self.headers.get("host", "").rpartition(":")[0] or self.headers.get("host", "")

    def json(self) -> dict[str, Any]:
        value = json.loads(self.body or b"{}")
        return value if isinstance(value, dict) else {}


Answer = tuple[int, dict[str, Any]]
Handler = Callable[[Request], Answer]


def server_context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def serve(connection: socket.socket, peer: str, context: ssl.SSLContext, handler: Handler) -> None:
    """Answer one request over TLS and close."""
    with context.wrap_socket(connection, server_side=True) as secure:
        request = _read_request(secure, peer)
        status, answer = handler(request)
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 {status} {_reason(status)}\r\nContent-Type: application/json\r\n"
        secure.sendall(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode())
        secure.sendall(body)


def post(connection: ssl.SSLSocket, host: str, path: str, value: dict[str, Any]) -> Answer:
    """Send one JSON request over an open TLS connection and read the answer."""
    body = json.dumps(value).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    head_text, rest = _read_head(connection)
    status = int(head_text.split()[1])
    length = int(_headers(head_text).get("content-length", "0"))
    answer = json.loads(_read_body(connection, rest, length) or b"{}")
    return status, answer


def _read_request(connection: ssl.SSLSocket, peer: str) -> Request:
    head, rest = _read_head(connection)
    method, path, _version = head.split("\r\n", 1)[0].split(" ")
    headers = _headers(head)
    body = _read_body(connection, rest, int(headers.get("content-length", "0")))
    return Request(method, path, headers, body, peer)


def _read_head(connection: ssl.SSLSocket) -> tuple[str, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(4096)
        if not chunk or len(data) > MAX_HEAD:
            raise EOFError("the peer closed the connection within the HTTP head")
        data += chunk
    head, _, rest = data.partition(b"\r\n\r\n")
    return head.decode("latin-1"), rest


def _read_body(connection: ssl.SSLSocket, start: bytes, length: int) -> bytes:
    body = start
    while len(body) < length:
        chunk = connection.recv(length - len(body))
        if not chunk:
            raise EOFError("the peer closed the connection within the HTTP body")
        body += chunk
    return body


def _headers(head: str) -> dict[str, str]:
    lines = (line.partition(":") for line in head.split("\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _reason(status: int) -> str:
    return "OK" if status == 200 else "Error"
