"""The program that every host runs at the same time to find out who reaches whom, and how fast.

It travels as text and needs nothing but a Python 3.7 of the host's own. Its argument is JSON:
``{"hosts": {name: {"address": ..., "listen": ["25000/tcp", ...]}}, "seconds": 5}``. Each host
listens on its own address, reaches for every port of every other host until it gets through or the
time is over, and holds its connections until it has finished with that peer, so that no host stops
listening while another still tries. Its answer is one line of JSON.
"""

from __future__ import annotations

import errno
import json
import socket
import sys
import time
from typing import Any

sys.modules["ssl"] = None  # type: ignore[assignment]  # a fifth of asyncio's start, and not needed
import asyncio  # noqa: E402  # after that

WAIT = 1.0
PAUSE = 0.05
TCP_INFO = 11
CHUNK = 4096


class Probe:
    """One host's side of the measurement."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.hosts: dict[str, Any] = config["hosts"]
        self.deadline = time.monotonic() + config["seconds"]
        self.me = next((n for n in self.hosts if is_own(self.hosts[n]["address"])), "")
        self.listening: dict[str, str] = {}
        self.reached: dict[str, dict[str, str]] = {n: {} for n in self.hosts if n != self.me}
        self.samples: dict[str, list[float]] = {}
        self.heard: set[str] = set()
        self.open = 0
        self.servers: list[Any] = []

    async def run(self) -> dict[str, Any]:
        if self.me:
            await self.listen()
            await asyncio.gather(*(self.reach(peer) for peer in self.reached))
            await self.linger()
        return {
            "listening": self.listening,
            "reached": self.reached,
            "round_trips": {
                peer: [round(min(times), 3), round(sum(times) / len(times), 3)]
                for peer, times in self.samples.items()
            },
        }

    async def listen(self) -> None:
        address = self.hosts[self.me]["address"]
        loop = asyncio.get_running_loop()
        for name in self.hosts[self.me]["listen"]:
            port, protocol = int(name.split("/")[0]), name.split("/")[1]
            try:
                if protocol == "tcp":
                    self.servers.append(await asyncio.start_server(self.answer, address, port))
                else:
                    here = (address, port)
                    await loop.create_datagram_endpoint(lambda: Echo(self), local_addr=here)
                self.listening[name] = "open"
            except OSError as error:
                in_use = error.errno == errno.EADDRINUSE
                self.listening[name] = "in use" if in_use else str(error)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear who is there, and stay until the peer has finished with us."""
        self.open += 1
        try:
            self.hear(await reader.readline())
            while await reader.read(CHUNK):  # whatever it is, it is not kept
                pass
        except (OSError, ValueError, asyncio.CancelledError):
            pass  # the last at the end of the measurement
        finally:
            self.open -= 1
            writer.close()

    def hear(self, greeting: bytes) -> bool:
        """Note who reached us where; say whether it was one of the hosts at one of our ports."""
        peer, _, name = greeting[1:].decode(errors="replace").strip().partition(" ")
        is_known = peer in self.reached and name in self.hosts[self.me]["listen"]
        if is_known:
            self.heard.add(f"{peer} {name}")
        return is_known

    async def reach(self, peer: str) -> None:
        """Reach for all ports of a peer; let go of it when all of them have been tried."""
        ports = self.hosts[peer]["listen"]
        wants = [name for name in ports if self.wanted(name)]
        held = await asyncio.gather(*(self.keep_trying(peer, name) for name in wants))
        for writer in held:
            if writer is not None:
                writer.close()

    def wanted(self, name: str) -> bool:
        """The datastore's port is for control plane nodes only, which listen on it themselves."""
        return name != "19001/tcp" or name in self.hosts[self.me]["listen"]

    async def keep_trying(self, peer: str, name: str) -> asyncio.StreamWriter | None:
        address, port = self.hosts[peer]["address"], int(name.split("/")[0])
        attempt: Any = self.knock if name.endswith("/tcp") else self.call
        while True:
            left = max(0.05, self.deadline - time.monotonic())
            try:
                held: asyncio.StreamWriter | None = await asyncio.wait_for(
                    attempt(peer, address, port), min(WAIT, left)
                )
            except asyncio.TimeoutError:  # noqa: UP041  # another class before Python 3.11
                state = "no answer"
            except ConnectionRefusedError:
                state = "refused"
            except OSError as error:
                state = error.strerror or str(error)
            else:
                self.reached[peer][name] = "open"
                return held
            self.reached[peer][name] = state
            if time.monotonic() + PAUSE >= self.deadline:
                return None
            await asyncio.sleep(PAUSE)

    async def knock(self, peer: str, address: str, port: int) -> asyncio.StreamWriter:
        """Connect, introduce ourselves and note how long the kernels took for it."""
        began = time.monotonic()
        _, writer = await asyncio.open_connection(address, port)
        spent = 1000 * (time.monotonic() - began)
        writer.write(f"@{self.me} {port}/tcp\n".encode())
        self.samples.setdefault(peer, []).append(kernel_round_trip(writer) or spent)
        return writer

    async def call(self, peer: str, address: str, port: int) -> None:
        """Send a datagram and wait for its return."""
        loop = asyncio.get_running_loop()
        back: asyncio.Future[None] = loop.create_future()
        sender, _ = await loop.create_datagram_endpoint(
            lambda: Caller(back), remote_addr=(address, port)
        )
        try:
            sender.sendto(f"@{self.me} {port}/udp".encode())
            await back
        finally:
            sender.close()

    async def linger(self) -> None:
        """Go on answering until every peer has been heard and has let go, or time is over."""
        mine = self.hosts[self.me]["listen"]
        expected = {
            f"{peer} {name}"
            for peer in self.reached
            for name in mine
            if self.listening[name] == "open"
            and (name != "19001/tcp" or name in self.hosts[peer]["listen"])
        }
        while time.monotonic() < self.deadline + WAIT and (expected - self.heard or self.open):
            await asyncio.sleep(PAUSE / 5)
        if not any(self.listening[name] == "open" for name in mine if name.endswith("/tcp")):
            # Only datagrams came, and an answer to one of them may have been lost.
            await asyncio.sleep(WAIT / 2)


class Echo(asyncio.DatagramProtocol):
    """Sends the datagrams of the other hosts back."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        if self.probe.hear(data):
            self.transport.sendto(data, address)


class Caller(asyncio.DatagramProtocol):
    """Waits for one datagram's return."""

    def __init__(self, back: asyncio.Future[None]) -> None:
        self.back = back

    def datagram_received(self, data: bytes, address: Any) -> None:
        if not self.back.done():
            self.back.set_result(None)

    def error_received(self, error: Exception) -> None:
        if not self.back.done():
            self.back.set_exception(error)


def kernel_round_trip(writer: asyncio.StreamWriter) -> float | None:
    """The least round trip of a connection in milliseconds, as Linux measured it (4.9 or newer).

    A busy host's programs answer late; its kernel does not.
    """
    try:
        tcp_info = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, TCP_INFO, 152)
    except OSError:
        return None
    return int.from_bytes(tcp_info[148:152], sys.byteorder) / 1000 if len(tcp_info) == 152 else None


def is_own(address: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        try:
            own.bind((address, 0))
        except OSError:
            return False
        return True


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(Probe(json.loads(sys.argv[1])).run())) + "\n")
