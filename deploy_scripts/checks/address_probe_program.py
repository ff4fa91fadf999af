"""Asks who has some addresses; runs on a host as root, with a Python 3.7 of its own.

Its argument is JSON, ``{"ranges": [[first, last], ...], "seconds": 1.5}``, with addresses as
numbers. Each is asked for in the two ways in which a machine says that it is there: an ARP request
on every Ethernet of whose network it is (a firewall hardly ever drops the answer, and nothing is
believed that the kernel knew before), and an echo request. Its answer is one line of JSON: how many
were asked for, and for each that answered the hardware address, or "" where only an echo came.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import socket
import struct
import sys
import time
from contextlib import suppress
from typing import Any

AT_ONCE, ROUNDS = 256, 2
"""So many addresses are asked for together, and so often: a frame may be lost."""
ADDRESS_OF, NETMASK_OF = 0x8915, 0x891B  # SIOCGIFADDR, SIOCGIFNETMASK
ARP, ETHERNET, REQUEST, ANSWER = 0x0806, 1, 1, 2
ARP_HEAD = struct.pack("!HHBBH", ETHERNET, 0x0800, 6, 4, REQUEST)
ECHO, REPLY = 8, 0
LONGEST = 2048


class Link:
    """One Ethernet of the host, by its first address there."""

    def __init__(self, name: str) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            self.own = number_of(any_socket, ADDRESS_OF, name)
            self.mask = number_of(any_socket, NETMASK_OF, name)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP))
        self.socket.bind((name, ARP))
        self.socket.setblocking(False)
        _, _, _, kind, self.hardware = self.socket.getsockname()
        if kind != ETHERNET:
            self.socket.close()
            raise OSError(f"{name} is no Ethernet")

    def has(self, number: int) -> bool:
        return number & self.mask == self.own & self.mask and number != self.own

    def ask(self, number: int) -> None:
        """Send what ``arping`` sends: an ordinary question with the host's own address."""
        question = ARP_HEAD + self.hardware + struct.pack("!I6xI", self.own, number)
        self.socket.send(b"\xff" * 6 + self.hardware + struct.pack("!H", ARP) + question)

    def hear(self) -> tuple[int, str]:
        return arp_answer(self.socket.recv(LONGEST))


class Echo:
    """Echo requests, which also reach what is behind routers."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.socket.setblocking(False)
        self.mark = os.getpid() & 0xFFFF

    def has(self, number: int) -> bool:
        return True

    def ask(self, number: int) -> None:
        self.socket.sendto(echo_request(self.mark), (text_of(number), 0))

    def hear(self) -> tuple[int, str]:
        packet = self.socket.recv(LONGEST)
        return (echo_answer(packet, self.mark), "")


def arp_answer(frame: bytes) -> tuple[int, str]:
    """Return who says in a frame that it has which address; 0 where it is no answer."""
    if len(frame) < 42 or struct.unpack("!H", frame[20:22])[0] != ANSWER:
        return 0, ""
    (number,) = struct.unpack("!I", frame[28:32])
    return number, ":".join(f"{byte:02x}" for byte in frame[22:28])


def echo_request(mark: int) -> bytes:
    head = struct.pack("!BBHHH", ECHO, 0, 0, mark, 1)
    return struct.pack("!BBHHH", ECHO, 0, checksum(head), mark, 1)


def echo_answer(packet: bytes, mark: int) -> int:
    """Return from which address our echo came back in a packet; 0 where it is none of ours."""
    head = (packet[0] & 15) * 4 if packet else 0
    if head < 20 or len(packet) < head + 8:
        return 0
    kind, _, _, theirs, _ = struct.unpack("!BBHHH", packet[head : head + 8])
    is_ours = kind == REPLY and theirs == mark
    return int(struct.unpack("!I", packet[12:16])[0]) if is_ours else 0


def checksum(packet: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def number_of(any_socket: socket.socket, question: int, name: str) -> int:
    """Ask the kernel for an address of an interface."""
    answer = fcntl.ioctl(any_socket, question, struct.pack("256s", name.encode()[:15]))
    return int(struct.unpack("!I", answer[20:24])[0])


def text_of(number: int) -> str:
    return socket.inet_ntoa(struct.pack("!I", number))


def ways() -> list[Any]:
    """Return all ways of asking that the host has: where raw sockets are not allowed, none."""
    found: list[Any] = []
    for _, name in socket.if_nameindex():
        with suppress(OSError):  # no address, or no Ethernet
            found.append(Link(name))
    with suppress(OSError):
        found.append(Echo())
    return found


def answers_of(asking: list[Any], numbers: list[int], seconds: float) -> dict[int, str]:
    """Ask for some addresses, and hear for so long who has them."""
    answers: dict[int, str] = {}
    by_socket = {way.socket: way for way in asking}
    for _ in range(ROUNDS):
        for number in numbers:
            for way in asking:
                if number not in answers and way.has(number):
                    with suppress(OSError):  # no route, a broadcast address, a full queue
                        way.ask(number)
        deadline = time.monotonic() + seconds / ROUNDS
        while True:
            left = max(0.0, deadline - time.monotonic())
            ready = select.select(list(by_socket), [], [], left)[0]
            for one in ready:
                with suppress(OSError):
                    number, hardware = by_socket[one].hear()
                    answers[number] = hardware or answers.get(number, "")
            if not ready or left == 0:
                break
    return {number: answers[number] for number in numbers if number in answers}


def main(config: dict[str, Any]) -> dict[str, Any]:
    numbers = [n for first, last in config["ranges"] for n in range(first, last + 1)]
    asking = ways()
    answers: dict[int, str] = {}
    for place in range(0, len(numbers) if asking else 0, AT_ONCE):
        answers.update(answers_of(asking, numbers[place : place + AT_ONCE], config["seconds"]))
    return {
        "asked": len(numbers) if asking else 0,
        "answers": {text_of(number): hardware for number, hardware in answers.items()},
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))) + "\n")
