"""The program that every host runs at the same time to find out who reaches whom, and how fast.

It travels as text and needs nothing but a Python 3.7 of the host's own. Its argument is JSON:
``{"hosts": {name: {"address": ..., "listen": ["25000/tcp", ...]}}, "seconds": 5}``. Each host
listens on its own address, reaches for every port of every other host until it gets through or the
time is over, and holds its connections until it has finished with that peer, so that no host stops
listening while another still tries. Its answer is one line of JSON.
"""

from __future__ import annotations

import asyncio
import errno
import json
import socket
import sys
import time
from typing import Any

ECHOES = 5
WAIT = 1.0
PAUSE = 0.05


class Probe:
    """One host's side of the measurement."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.hosts: dict[str, Any] = config["hosts"]
        self.deadline = time.monotonic() + config["seconds"]
        self.me = next((n for n in self.hosts if is_own(self.hosts[n]["address"])), "")
        self.listening: dict[str, str] = {}
        self.reached: dict[str, dict[str, str]] = {n: {} for n in self.hosts if n != self.me}
        self.round_trips: dict[str, list[float]] = {}
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
            "round_trips": self.round_trips,
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
        """Send back every line of a peer; its first one names the peer and the port."""
        self.open += 1
        try:
            without_delay(writer)
            while True:
                line = await reader.readline()
                if not line:
                    break
                if line[:1] == b"@":
                    self.heard.add(line[1:].decode().strip())
                writer.write(line)
        except OSError:
            pass
        finally:
            self.open -= 1
            writer.close()

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
                said = "no answer"
            except ConnectionRefusedError:
                said = "refused"
            except OSError as error:
                said = error.strerror or str(error)
            else:
                self.reached[peer][name] = "open"
                return held
            self.reached[peer][name] = said
            if time.monotonic() + PAUSE >= self.deadline:
                return None
            await asyncio.sleep(PAUSE)

    async def knock(self, peer: str, address: str, port: int) -> asyncio.StreamWriter:
        """Connect, introduce ourselves and take the time of some echoes."""
        began = time.monotonic()
        reader, writer = await asyncio.open_connection(address, port)
        times = [time.monotonic() - began]
        try:
            without_delay(writer)
            writer.write(f"@{self.me} {port}/tcp\n".encode())
            if port == 25000 and await self.echoed(reader):
                times = [await self.echo(reader, writer) for _ in range(ECHOES)]
            self.note(peer, times)
        except BaseException:
            writer.close()
            raise
        return writer

    async def echoed(self, reader: asyncio.StreamReader) -> bool:
        """Tell our own program at the other end from a service that was there before."""
        try:
            return (await asyncio.wait_for(reader.readline(), WAIT / 2))[:1] == b"@"
        except (asyncio.TimeoutError, OSError, ValueError):  # noqa: UP041  # as above
            return False

    async def echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
        began = time.monotonic()
        writer.write(b".\n")
        await reader.readline()
        return time.monotonic() - began

    def note(self, peer: str, times: list[float]) -> None:
        milliseconds = [round(1000 * each, 3) for each in times]
        old = self.round_trips.get(peer)
        if old is None or len(milliseconds) > 1:
            average = round(sum(milliseconds) / len(milliseconds), 3)
            self.round_trips[peer] = [min(milliseconds), average]

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
    """Sends each datagram back."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        self.probe.heard.add(data[1:].decode())
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


def without_delay(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def is_own(address: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        try:
            own.bind((address, 0))
        except OSError:
            return False
        return True


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(Probe(json.loads(sys.argv[1])).run())) + "\n")
