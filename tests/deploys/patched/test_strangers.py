"""What answers on the SSH port and is no SSH server, or one that talks without end."""

import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import gevent
import paramiko
import pytest
from gevent.server import StreamServer
from probes import HostName


def stranger(handle, targets):
    """Start a server of another kind on the machine; return it, and a target that points at it."""
    server = StreamServer(("127.0.0.1", 0), handle)
    server.start()
    return server, replace(targets["n1"], address="127.0.0.1", port=server.server_port)


def pour(*pieces, last=b""):
    def handle(connection, _):
        try:
            for piece in pieces:
                connection.sendall(piece)
            while last:
                connection.sendall(last)
            connection.recv(100)
        except OSError:
            pass
        finally:
            connection.close()

    return handle


def drip(byte, *pieces):
    def handle(connection, _):
        with suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
            while True:
                connection.sendall(byte)
                time.sleep(0.05)
        connection.close()

    return handle


VERSION = b"SSH-2.0-Stranger\r\n"
STRANGERS = {
    "a line without end": (pour(last=b"x" * 65536), "says more before the login"),
    "lines without end": (pour(last=b"hello\r\n" * 999), "no SSH server answers"),
    "another protocol": (
        pour(b"HTTP/1.1 400 Bad \x1b[31mRequest\r\n\r\n" * 5, b"x\r\n" * 200),
        "it said: HTTP/1.1 400 Bad [31mRequest",
    ),
    "a packet without end": (
        pour(VERSION, b"\x7f\xff\xff\xf4", last=b"x" * 65536),
        "announced a packet of",
    ),
    "a packet of 256 MiB": (
        pour(VERSION, b"\x0f\xff\xff\xf4", last=b"x" * 65536),
        "announced a packet of",
    ),
    "the largest packet there can be": (
        pour(VERSION, b"\xff\xff\xff\xf4", last=b"x" * 65536),
        "announced a packet of",
    ),
    "a byte now and then": (drip(b"x"), "no SSH server answers"),
    "a byte now and then, after its version": (drip(b"\0", VERSION), "cannot reach n1"),
    "noise": (pour(VERSION, b"\x00\x00\x00\x1c\x04" + b"\xff" * 300), "cannot reach n1"),
    "silence": (pour(), "no SSH server answers"),
    "silence after its version": (pour(VERSION), "cannot reach n1"),
}


@pytest.mark.parametrize(("handle", "reason"), STRANGERS.values(), ids=STRANGERS)
def test_what_is_no_ssh_server_is_told_soon_and_shortly(make_fleet, targets, handle, reason):
    server, target = stranger(handle, targets)
    began = time.monotonic()

    try:
        _, [failure] = make_fleet(target, connect_timeout=2).try_facts(HostName, on=["n1"])
    finally:
        server.stop()

    assert time.monotonic() - began < 10
    assert failure.code == "unreachable"
    assert reason in failure.message
    assert len(failure.message) < 500
    assert "\x1b" not in failure.message


@pytest.mark.parametrize("handle", [pour(last=b"x" * 65536), pour(VERSION, last=b"\0" * 65536)])
def test_a_stranger_that_pours_leaves_everybody_else_their_turn(make_fleet, targets, handle):
    gaps, watching = [], True

    def watch():
        last = time.monotonic()
        while watching:
            gevent.sleep(0.01)
            now = time.monotonic()
            gaps.append(now - last)
            last = now

    server, target = stranger(handle, targets)
    watcher = gevent.spawn(watch)
    try:
        make_fleet(target, connect_timeout=2).try_facts(HostName, on=["n1"])
    finally:
        watching = False
        watcher.join()
        server.stop()

    assert max(gaps) < 1.0  # a heartbeat has four times as long


class Talker(paramiko.ServerInterface):
    """A server whose banner is as long as it likes, and that lets nobody in."""

    def __init__(self, banner):
        self.banner = banner

    def get_banner(self):
        return self.banner, "en"

    def get_allowed_auths(self, username):
        return "publickey"


@pytest.mark.parametrize(
    ("banner", "reason"),
    [
        ("x" * 500_000, "says more before the login"),
        ("Authorised people only\r\n" * 99, "authentication failed for user root"),
    ],
    ids=["endless", "long"],
)
def test_a_banner_is_bounded(make_fleet, targets, banner, reason):
    with served(Talker(banner), targets) as target:
        _, [failure] = make_fleet(target).try_facts(HostName, on=["n1"])

    assert reason in failure.message
    assert len(failure.message) < 500


class Babbler(paramiko.ServerInterface):
    """A server that lets everybody in, and answers a command with a message that is none."""

    def get_allowed_auths(self, username):
        return "publickey"

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind, number):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        message = paramiko.Message()
        message.add_byte(paramiko.common.cMSG_GLOBAL_REQUEST)
        message.add_string(b"\xff\xfe")
        channel.get_transport()._send_message(message)
        return False


def test_a_server_that_sends_what_is_no_message_fails_its_own_host_only(make_fleet, targets):
    with served(Babbler(), targets) as target:
        found, [failure] = make_fleet(target, targets["n2"]).try_facts(HostName, on=["n1", "n2"])

    assert found == {"n2": "n2"}
    assert (failure.host, failure.code) == ("n1", "unreachable")
    assert "sent what cannot be read (UnicodeDecodeError)" in failure.message


@contextmanager
def served(interface, targets):
    """Serve SSH with paramiko; yield a target that points there, and pins its key."""
    key = paramiko.ECDSAKey.generate()
    serving = []

    def handle(connection, _):
        transport = paramiko.Transport(connection)
        serving.append(transport)
        transport.add_server_key(key)
        transport.start_server(event=threading.Event(), server=interface)
        transport.join(10)

    server, target = stranger(handle, targets)
    try:
        yield replace(target, host_key=f"{key.get_name()} {key.get_base64()}")
    finally:
        server.stop()
        for transport in serving:
            transport.close()
