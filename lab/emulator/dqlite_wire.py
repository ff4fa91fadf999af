"""dqlite's wire protocol: the few requests a cluster probe needs, for clients and for the model.

A message is a header (body length in 8-byte words, type, schema) and a body of little-endian
64-bit numbers and zero-terminated texts padded to 8 bytes.
"""

# Without `socket`, which takes long to import.
import _socket
import struct
from contextlib import closing
from typing import NamedTuple

PROTOCOL_VERSION = 1
LEADER, ADD, ASSIGN, REMOVE, CLUSTER, TRANSFER, DESCRIBE, WEIGHT = 0, 12, 13, 14, 16, 17, 18, 19
FAILURE, NODE, NODES, EMPTY, METADATA = 0, 1, 3, 8, 10
VOTER, STANDBY, SPARE = 0, 1, 2
ROLE_WORDS = ("voter", "stand-by", "spare")

HEADER = struct.Struct("<IBBH")


class Unreachable(Exception):
    """A dqlite server did not answer in time, or refused."""


class Member(NamedTuple):
    """One entry of the membership."""

    id: int
    address: str
    role: int


class Metadata(NamedTuple):
    """What a server says of itself."""

    failure_domain: int
    weight: int


def numbers(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}Q", *values)


def text(value: str) -> bytes:
    raw = value.encode() + b"\0"
    return raw + b"\0" * (-len(raw) % 8)


def number_at(body: bytes, offset: int) -> int:
    return int(struct.unpack_from("<Q", body, offset)[0])


def text_at(body: bytes, offset: int) -> tuple[str, int]:
    """The text that starts at the offset, and where the next value starts."""
    end = body.index(b"\0", offset)
    length = end - offset + 1
    return body[offset:end].decode(), offset + length + (-length % 8)


def send(connection: _socket.socket, kind: int, body: bytes) -> None:
    connection.sendall(HEADER.pack(len(body) // 8, kind, 0, 0) + body)


def receive(connection: _socket.socket) -> tuple[int, bytes]:
    words, kind, _schema, _extra = HEADER.unpack(_exactly(connection, HEADER.size))
    return kind, _exactly(connection, words * 8)


def _exactly(connection: _socket.socket, size: int) -> bytes:
    chunks = b""
    while len(chunks) < size:
        chunk = connection.recv(size - len(chunks))
        if not chunk:
            raise ConnectionResetError("the dqlite peer closed the connection")
        chunks += chunk
    return chunks


def split(address: str) -> tuple[str, int]:
    name, _, port = address.rpartition(":")
    return name, int(port)


def ask(address: str, kind: int, body: bytes, timeout: float) -> bytes:
    """Send one request to one server; raise Unreachable when it is silent or says no."""
    try:
        answer, data = _answer(address, kind, body, timeout)
    except (OSError, ValueError) as error:
        raise Unreachable(f"cannot ask dqlite at {address}: {error}") from error
    if answer == FAILURE:
        raise Unreachable(text_at(data, 8)[0])
    return data


def _answer(address: str, kind: int, body: bytes, timeout: float) -> tuple[int, bytes]:
    with closing(_socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)) as connection:
        connection.settimeout(timeout)
        connection.connect(split(address))
        connection.sendall(numbers(PROTOCOL_VERSION))
        send(connection, kind, body)
        return receive(connection)


def leader_seen_by(address: str, timeout: float) -> str:
    """The leader's address as the server at `address` knows it; empty when it knows none."""
    return text_at(ask(address, LEADER, numbers(0), timeout), 8)[0]


def members_seen_by(address: str, timeout: float) -> list[Member]:
    body = ask(address, CLUSTER, numbers(1), timeout)
    members, offset = [], 8
    for _ in range(number_at(body, 0)):
        member_address, after = text_at(body, offset + 8)
        role = number_at(body, after)
        members.append(Member(number_at(body, offset), member_address, role))
        offset = after + 8
    return members


def describe(address: str, timeout: float) -> Metadata:
    body = ask(address, DESCRIBE, numbers(0), timeout)
    return Metadata(number_at(body, 0), number_at(body, 8))


def remove(leader: str, member_id: int, timeout: float) -> None:
    ask(leader, REMOVE, numbers(member_id), timeout)


def set_weight(address: str, weight: int, timeout: float) -> None:
    ask(address, WEIGHT, numbers(weight), timeout)


def read_handshake(connection: _socket.socket) -> None:
    """Read the version with which a client begins; refuse what is not dqlite's protocol."""
    if number_at(_exactly(connection, 8), 0) != PROTOCOL_VERSION:
        raise ValueError("the peer does not speak dqlite's protocol")
