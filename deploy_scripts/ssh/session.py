"""paramiko's transport, with what it learns of its peer and keeps to itself."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from paramiko import Channel, ChannelException, SSHException, Transport
from paramiko.kex_curve25519 import KexCurve25519
from paramiko.message import Message
from paramiko.ssh_exception import IncompatiblePeer

from cluster.printable import printable
from deploy_scripts.ssh.errors import BROKEN, NoCommonAlgorithm
from deploy_scripts.ssh.wire import Wire

CURVE = "curve25519-sha256"
"""The name that RFC 8731 gave to what paramiko knows by its older name only."""

SIGNALS = ("ext-info-", "kex-strict-")
"""What stands among the key exchanges and is none; sshd does not start with it in its settings."""

WEAK = ("sha1", "md5", "cbc", "ssh-rsa")
"""In the names of what is not used though paramiko has it; ``ssh-rsa`` is a signature by SHA-1."""


def strong(names: Sequence[str]) -> tuple[str, ...]:
    """Return the algorithms among these that are not known to be weak."""
    return tuple(name for name in names if not any(word in name for word in WEAK))


PARAMIKO: Any = Transport
"""Its stubs leave out what it has for subclasses: names with an underscore."""


class SshTransport(Transport):
    """paramiko's transport; it tells what its peer offered, and what it said at the end."""

    _kex_info: ClassVar = {**PARAMIKO._kex_info, CURVE: KexCurve25519}
    _preferred_kex = (CURVE, *strong(PARAMIKO._preferred_kex))
    _preferred_ciphers = strong(PARAMIKO._preferred_ciphers)
    _preferred_macs = strong(PARAMIKO._preferred_macs)
    _preferred_keys = strong(PARAMIKO._preferred_keys)
    _preferred_pubkeys = strong(PARAMIKO._preferred_pubkeys)

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)  # type: ignore[arg-type]  # it has what is used of a socket
        self.wire = wire
        self.last_words = ""
        """Why the server ended the connection, as far as it said so."""
        self._asked: dict[int, int] = {}
        self._refusals: dict[int, tuple[int, str]] = {}

    def open(self, kind: str, seconds: float, to: tuple[str, int] | None = None) -> Channel:
        """Open a channel. Raises ``ChannelException`` with the server's own words.

        paramiko keeps one error for all who wait, and two that are refused at once mix theirs up.
        """
        asking = threading.get_ident()
        try:
            return self.open_channel(kind, to, ("127.0.0.1", 0) if to else None, timeout=seconds)
        except SSHException as error:
            refusal = self._refusals.pop(self._asked.get(asking, -1), None)
            if refusal is not None:
                raise ChannelException(*refusal) from error
            raise
        finally:
            self._asked.pop(asking, None)

    def get_exception(self) -> Exception | None:
        """Return what ended the session; whoever waits for an answer raises it."""
        error = super().get_exception()
        return error if error is None or isinstance(error, BROKEN) else unreadable(error)

    def _parse_kex_init(self, m: Message) -> None:
        offered = self._really_parse_kex_init(Message(m.asbytes()))  # type: ignore[attr-defined]  # its stubs lack it
        try:
            super()._parse_kex_init(m)  # type: ignore[misc]  # its stubs lack it
        except IncompatiblePeer:
            for setting, theirs, ours in self._compared(offered):
                if not set(theirs) & set(ours):
                    raise NoCommonAlgorithm(setting, theirs, ours) from None
            raise

    def _compared(
        self, offered: dict[str, Sequence[str]]
    ) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
        """Pair what the server offers with what we can do, by its setting's name there."""
        kex = [name for name in offered["kex_algo_list"] if not name.startswith(SIGNALS)]
        yield "KexAlgorithms", kex, self.preferred_kex
        yield "HostKeyAlgorithms", offered["server_key_algo_list"], self.preferred_keys
        for way in ("client", "server"):
            yield "Ciphers", offered[f"{way}_encrypt_algo_list"], self.preferred_ciphers
            yield "MACs", offered[f"{way}_mac_algo_list"], self.preferred_macs
            yield "Compression", offered[f"{way}_compress_algo_list"], self.preferred_compression

    def _parse_disconnect(self, m: Message) -> None:
        m.get_int()
        self.last_words = printable(m.get_string())

    def _next_channel(self) -> int:
        number: int = super()._next_channel()  # type: ignore[misc]  # its stubs lack it
        self._asked[threading.get_ident()] = number
        return number

    def _parse_channel_open_failure(self, m: Message) -> None:
        failure = Message(m.asbytes())
        number, code = failure.get_int(), failure.get_int()
        self._refusals[number] = (code, printable(failure.get_string()))
        super()._parse_channel_open_failure(m)  # type: ignore[misc]  # its stubs lack it

    def message(self) -> str:
        """Return what the server told a person: in its last message, or in its banner."""
        return self.last_words or printable(self.get_banner() or b"")


def unreadable(error: Exception) -> SSHException:
    """Return what to say of a peer that broke paramiko's parsers: they raise anything."""
    return SSHException(f"its SSH server sent what cannot be read ({type(error).__name__})")
