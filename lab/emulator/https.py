"""A small HTTPS server for the cluster agent and the API server, and a client for joiners.

`http.server` and `http.client` take longer to import than a whole command may take.
"""

import json
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

MAX_HEAD = 65536
REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    500: "Internal Server Error",
}


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
        """The body's object; a body that is no JSON raises ValueError."""
        value = json.loads(self.body or b"{}")
        return value if isinstance(value, dict) else {}


EMPTY = ""
# A status with what becomes JSON in the body; nothing at all for EMPTY.
Answer = tuple[int, Any]
Handler = Callable[[Request], Answer]
# Told the path when a request's head was read, before its body is.
HeadSeen = Callable[[ssl.SSLSocket, str], None]


def server_context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class NoAnswer(Exception):
    """The peer ended the connection, or spoke something else than HTTP, instead of answering."""


def serve(
    connection: socket.socket,
    peer: str,
    context: ssl.SSLContext,
    handler: Handler,
    content_type: str = "application/json",
    head_seen: HeadSeen | None = None,
) -> None:
    """Answer one request over TLS and close."""
    with context.wrap_socket(connection, server_side=True) as secure:
        request = _read_request(secure, peer, head_seen)
        status, answer = handler(request)
        body = b"" if answer == EMPTY else json.dumps(answer).encode()
        head = f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}\r\n"
        head += f"Content-Type: {content_type}\r\n" if body else ""
        secure.sendall(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode())
        secure.sendall(body)


def reset(connection: socket.socket) -> None:
    """Make the connection's end a reset instead of an orderly close."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def post(connection: ssl.SSLSocket, host: str, path: str, value: dict[str, Any]) -> Answer:
    """Send one JSON request over an open TLS connection and read the answer."""
    body = json.dumps(value).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    # One after the other, as http.client does: a peer may be gone when the body follows.
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
    connection.sendall(body)
    try:
        head_text, rest = _read_head(connection)
    except EOFError as error:
        # A reset meets http.client while it sends the body, which fails; here it may come just
        # after that, so one more byte finds out whether the end was a reset or in order.
        connection.sendall(b" ")
        raise NoAnswer("Remote end closed connection without response") from error
    words = head_text.split(None, 2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        raise NoAnswer(head_text.split("\r\n", 1)[0])
    status = int(words[1])
    length = int(_headers(head_text).get("content-length", "0"))
    answer = json.loads(_read_body(connection, rest, length) or b"{}")
    return status, answer


def _read_request(connection: ssl.SSLSocket, peer: str, head_seen: HeadSeen | None) -> Request:
    head, rest = _read_head(connection)
    method, path, _version = head.split("\r\n", 1)[0].split(" ")
    if head_seen:
        head_seen(connection, path)
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
