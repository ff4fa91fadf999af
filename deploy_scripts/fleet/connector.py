"""pyinfra's SSH connector on a link of ours: exit codes, time limits, live output, no prompts.

pyinfra's own asks for a sudo password on a terminal, drops the exit code, never gives up on a peer
that stops answering, and keeps the host keys it read first for as long as the process lives.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import gevent
from paramiko import Channel, SSHException
from pyinfra.api import State, StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import CommandOutput, OutputLine, make_unix_command_for_host

from deploy_scripts.fleet.framing import Frame, framed, new_mark
from deploy_scripts.fleet.redaction import mask, secrets_in
from deploy_scripts.fleet.shell import Secret
from deploy_scripts.fleet.turns import WAIT_SECONDS, WAITING
from deploy_scripts.ssh.connections import BROKEN, Link

MOST_BYTES = 8 * 1024 * 1024
"""More than any command of ours prints; what a babbling one prints beyond it is not kept."""
MOST_LINES = 100_000
"""Each costs more than its letters: eight MiB of empty ones would take a GiB."""
MOST_READ = 64 * 1024 * 1024
"""A command that prints still more is broken off: reading costs the processor time of others."""
LONGEST_LINE = 256 * 1024
CHUNK = 32 * 1024


class TooMuch(SSHException):
    """A command prints without end."""


@dataclass(slots=True)
class CommandOutcome:
    """How the last command on a host went, also when it broke off."""

    limit: float
    """How many seconds a command had."""
    lines: list[OutputLine] = field(default_factory=list)
    """What the command printed, without what the login shell printed around it."""
    exit_code: int | None = None
    error: Exception | None = None
    frame: Frame = field(default_factory=lambda: Frame(new_mark()))
    sent: str = ""
    """The command as it was sent; secrets go by standard input."""
    bytes_read: int = 0
    waits: bool = False
    """Whether the command said that it has to wait for another one on the host."""

    @property
    def is_cut(self) -> bool:
        """True when the command printed more than is kept."""
        return self.bytes_read > MOST_BYTES or len(self.lines) > MOST_LINES

    @property
    def is_whole(self) -> bool:
        """True when all that the command printed was read, to its end."""
        return self.frame.is_complete and not self.is_cut

    @property
    def is_good(self) -> bool:
        return self.error is None and self.exit_code == 0 and self.is_whole


class Connector(SSHConnector):
    """Runs the commands of one State on one host."""

    def __init__(
        self,
        state: State,
        host: Host,
        *,
        link: Link,
        limit: int,
        hear: Callable[[str, str], None],
    ) -> None:
        super().__init__(state, host)
        self.link, self.limit, self.hear = link, limit, hear
        self.refusal: Exception | None = None
        """Why the host could not be reached."""
        self.outcome = CommandOutcome(limit)

    def connect(self) -> None:
        try:
            self.link.connect()
        except BROKEN as error:
            self.refusal = error
            raise ConnectError(str(error)) from error

    def disconnect(self) -> None:
        """Leave the connection open: it belongs to the fleet."""

    def run_shell_command(
        self, command: StringCommand, *_: Any, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        """Run a command; return whether it succeeded, and what it printed."""
        for name in ("print_output", "print_input", "_get_pty"):
            arguments.pop(name, None)
        wait, stdin = arguments.pop("_timeout", None), arguments.pop("_stdin", None)
        accepted = arguments.pop("_success_exit_codes", None) or (0,)
        arguments["_shell_executable"] = None  # the frame is a shell already
        unix_command = make_unix_command_for_host(self.state, self.host, command, **arguments)
        mark = new_mark()
        sent = unix_command.get_masked_value()
        self.outcome = CommandOutcome(self.limit, frame=Frame(mark), sent=sent)
        try:
            # Beyond its own time a script may wait for the one before it on the host.
            with gevent.Timeout(None if wait is None else wait + WAIT_SECONDS, TimeoutError):
                self._execute(framed(unix_command.get_raw_value(), mark), stdin, wait)
        except BROKEN as error:
            timed_out = isinstance(error, TimeoutError)
            self.outcome.error = error if timed_out else self.link.end or error
            self.link.drop()
            if isinstance(error, EOFError):  # the only one that pyinfra does not expect
                raise SSHException("the connection broke") from error
            raise
        succeeded = self.outcome.is_whole and self.outcome.exit_code in accepted
        return succeeded, CommandOutput(list(self.outcome.lines))

    def _execute(self, command: str, stdin: str | None, wait: float | None) -> None:
        until = None if wait is None else monotonic() + wait
        with gevent.Timeout(wait, TimeoutError):
            channel = self.link.channel()
        readers = []
        try:
            with gevent.Timeout(wait, TimeoutError):
                channel.exec_command(command.encode())
                hidden = secrets_in(stdin) if isinstance(stdin, Secret) else ()
                readers = [
                    gevent.spawn(self._read, name, receive, hidden)
                    for name, receive in (("stdout", channel.recv), ("stderr", channel.recv_stderr))
                ]
                _feed(channel, stdin)
            self._await(readers, until)
            self.outcome.exit_code = channel.recv_exit_status()
        finally:
            gevent.killall(readers)
            channel.close()
        if self.outcome.exit_code == -1:
            raise SSHException("the connection broke")

    def _await(self, readers: Sequence[gevent.Greenlet], until: float | None) -> None:
        """Wait for the end of a command's output; raise ``TimeoutError`` when its time is over."""
        while not all(reader.dead for reader in readers):
            left = None if until is None else until - monotonic()
            if left is not None and left <= 0:
                if not self.outcome.waits:
                    raise TimeoutError
                left = None  # the outer limit holds
            gevent.joinall(readers, timeout=left, raise_error=True)
        gevent.joinall(readers, raise_error=True)

    def _read(self, name: str, receive: Callable[[int], bytes], hidden: tuple[str, ...]) -> None:
        outcome = self.outcome
        for raw in _lines(receive, outcome):
            line = mask(raw.decode(errors="replace").rstrip("\r"), hidden)
            for printed in outcome.frame.lines(name, line):
                if outcome.is_cut:
                    break
                outcome.lines.append(OutputLine(name, printed))
                outcome.waits = outcome.waits or printed.startswith(WAITING)
                self.hear(self.host.name, printed)


def _lines(receive: Callable[[int], bytes], outcome: CommandOutcome) -> Iterator[bytes]:
    """Yield a stream's lines while the command's budget lasts; then only read on, for a while.

    What is read on and dropped keeps a command from waiting for us. Raises ``TooMuch``.
    """
    begun: list[bytes] = []
    length = 0
    while chunk := receive(CHUNK):
        outcome.bytes_read += len(chunk)
        if outcome.bytes_read > MOST_READ:
            raise TooMuch("the command prints without end")
        if outcome.is_cut:
            begun, length = [], 0
            continue
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            yield b"".join([*begun, part])[:LONGEST_LINE]
            begun, length = [], 0
        if rest and length < LONGEST_LINE:
            begun.append(rest)
            length += len(rest)
    if begun:
        yield b"".join(begun)[:LONGEST_LINE]


def _feed(channel: Channel, stdin: str | None) -> None:
    """Write standard input, and its end: no command of ours may wait for a person."""
    if stdin:
        try:
            channel.sendall((stdin if stdin.endswith("\n") else f"{stdin}\n").encode())
        except OSError:
            # The command ended without reading all of it; its exit code says why.
            if not channel.closed and not channel.exit_status_ready():
                raise
    channel.shutdown_write()
