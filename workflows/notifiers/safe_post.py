"""Sends one request to a receiver, and to nowhere else.

Whoever names an address could have the product ask machines that only it can reach. So a name is
resolved once, each of its addresses is judged, and the connection goes to one that was: a name that
means something else a moment later does not matter. Redirects are not followed, proxies of the
environment are not used, and the whole has a time and an answer a size.
"""

import functools
import ipaddress
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore

from workflows.notifiers.addresses import SETTING, Address, Network, may_be_reached
from workflows.notifiers.notifier import Answer

LONGEST_SECONDS = 15.0
"""For all of one request."""
LARGEST_ANSWER = 64 * 1024
PORTS = {"http": 80, "https": 443}
# At DEBUG it tells the headers of answers, which may hold what a receiver was sent.
logging.getLogger("httpcore").setLevel(logging.INFO)


class CannotPost(OSError):
    """Nothing was answered, or nothing was sent."""


class AddressRefused(CannotPost):
    """A receiver is where none may be."""


def resolve(host: str, port: int, seconds: float) -> list[Address]:
    """Return the addresses that a name has now. Raises ``CannotPost``."""
    found: list[Any] = []
    problems: list[str] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            problems.append(str(getattr(error, "strerror", None) or error))

    # A resolver has times of its own, which are longer than ours.
    asking = threading.Thread(target=ask, name="resolve", daemon=True)
    asking.start()
    asking.join(seconds)
    if not found:
        reason = problems[0] if problems else f"no answer within {seconds:.0f} s"
        raise CannotPost(f"cannot find {host}: {reason}; check the receiver's address")
    rows = dict.fromkeys(str(row[4][0]).partition("%")[0] for row in found)
    return [ipaddress.ip_address(text) for text in rows]


def judged(host: str, port: int, listed: Sequence[Network], seconds: float) -> Address:
    """Return the address that a host is reached under. Raises ``AddressRefused``, ``CannotPost``.

    One address that is refused is enough: a name of such a receiver is nobody's mistake.
    """
    addresses = resolve(host.strip("[]"), port, seconds)
    for address in addresses:
        if not may_be_reached(address, listed):
            raise AddressRefused(
                f"cannot send to {host}: its address {address} is not public; if the receiver is "
                f"yours, list its network in {SETTING}"
            )
    return addresses[0]


class SafePost:
    """A ``Post`` to public addresses, and to the networks that the operator lists."""

    def __init__(self, listed: Sequence[Network] = (), seconds: float = LONGEST_SECONDS) -> None:
        self.listed, self._seconds = listed, seconds

    def judge(self, host: str, port: int) -> None:
        """Raise ``AddressRefused`` or ``CannotPost`` where nothing may be sent to a host."""
        judged(host, port, self.listed, self._seconds)

    def __call__(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send it. Raises ``CannotPost``, which is an ``OSError``."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise AddressRefused(
                "cannot send to this address: it does not begin with https:// or http:// and a host"
            )
        end = time.monotonic() + self._seconds
        host = parts.hostname
        try:
            return _sent(method, parts, headers, body, _PinnedBackend(self.listed, end))
        except CannotPost:
            raise
        except (httpcore.TimeoutException, TimeoutError):
            raise CannotPost(
                f"cannot finish within {self._seconds:.0f} s: {host} did not answer; look at the "
                "receiver"
            ) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            reason = str(error)[:200] or type(error).__name__
            raise CannotPost(f"cannot send to {host}: {reason}") from None


def _sent(
    method: str,
    parts: SplitResult,
    headers: Mapping[str, str],
    body: bytes,
    backend: httpcore.NetworkBackend,
) -> Answer:
    sent = [(b"Host", parts.netloc.rpartition("@")[2].encode())]
    sent += [(name.encode(), value.encode()) for name, value in headers.items()]
    tls = _tls() if parts.scheme == "https" else None
    with (
        httpcore.ConnectionPool(ssl_context=tls, network_backend=backend) as pool,
        pool.stream(method, _url(parts), headers=sent, content=body) as response,
    ):
        answered = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        return Answer(response.status, _bounded(response.iter_stream()), answered)


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return what certificates are judged by; reading the authorities takes some time."""
    return ssl.create_default_context()


def _url(parts: SplitResult) -> httpcore.URL:
    host = parts.hostname or ""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore.URL(
        scheme=parts.scheme.encode(),
        host=host.encode("ascii" if host.isascii() else "idna"),
        port=parts.port or PORTS[parts.scheme],
        target=path.encode(),
    )


def _bounded(chunks: Iterable[bytes]) -> bytes:
    found = b""
    for chunk in chunks:
        found += chunk
        if len(found) >= LARGEST_ANSWER:
            break
    return found[:LARGEST_ANSWER]


class _PinnedBackend(httpcore.NetworkBackend):
    """Connects to the address that was judged; TLS still asks for the name."""

    def __init__(self, listed: Sequence[Network], end: float) -> None:
        self._listed, self._end = listed, end
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        address = judged(host, port, self._listed, _left(self._end))
        stream = self._sockets.connect_tcp(
            str(address), port, _left(self._end), local_address, socket_options
        )
        return _TimedStream(stream, self._end)


class _TimedStream(httpcore.NetworkStream):
    """A connection that has one time for all that is done with it: no drop by drop."""

    def __init__(self, stream: httpcore.NetworkStream, end: float) -> None:
        self._stream, self._end = stream, end

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._end))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._end))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._end))
        return _TimedStream(stream, self._end)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(end: float) -> float:
    """Return the seconds that are left. Raises ``TimeoutError``."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
