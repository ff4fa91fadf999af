"""pyinfra's SSH connector on a link of ours: exit codes, time limits, live output, no prompts.

pyinfra's own asks for a sudo password on a terminal, drops the exit code, never gives up on a peer
that stops answering, and keeps the host keys it read first for as long as the process lives.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import gevent
from paramiko import Channel, SSHException
from pyinfra.api import State, StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import CommandOutput, OutputLine, make_unix_command_for_host

from deploy_scripts.connections import BROKEN, Link
from deploy_scripts.redaction import mask, secrets_in
from deploy_scripts.shell import Secret

MAX_LINES = 20_000
"""More output than any script of ours prints; the rest of a babbling command is not kept."""


@dataclass(slots=True)
class Outcome:
    """How the last command on a host went, also when it broke off."""

    limit: float
    """How many seconds a command had."""
    lines: list[OutputLine] = field(default_factory=list)
    exit_code: int | None = None
    error: Exception | None = None

    @property
    def is_good(self) -> bool:
        return self.error is None and self.exit_code == 0


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
        self.outcome = Outcome(limit)

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
        unix_command = make_unix_command_for_host(self.state, self.host, command, **arguments)
        self.outcome = Outcome(self.limit)
        try:
            with gevent.Timeout(wait, TimeoutError):
                self._execute(unix_command.get_raw_value(), stdin)
        except BROKEN as error:
            timed_out = isinstance(error, TimeoutError)
            self.outcome.error = error if timed_out else self.link.end or error
            self.link.drop()
            if isinstance(error, EOFError):  # the only one that pyinfra does not expect
                raise SSHException("the connection broke") from error
            raise
        return self.outcome.exit_code in accepted, CommandOutput(list(self.outcome.lines))

    def _execute(self, command: str, stdin: str | None) -> None:
        channel = self.link.channel()
        readers = []
        try:
            channel.exec_command(command.encode())
            hidden = secrets_in(stdin) if isinstance(stdin, Secret) else ()
            readers = [
                gevent.spawn(self._read, name, file, hidden)
                for name, file in (
                    ("stdout", channel.makefile("rb")),
                    ("stderr", channel.makefile_stderr("rb")),
                )
            ]
            _feed(channel, stdin)
            gevent.joinall(readers, raise_error=True)
            self.outcome.exit_code = channel.recv_exit_status()
        finally:
            gevent.killall(readers)
            channel.close()
        if self.outcome.exit_code == -1:
            raise SSHException("the connection broke")

    def _read(self, name: str, file: Iterable[bytes], hidden: tuple[str, ...]) -> None:
        for raw in file:
            line = mask(raw.decode(errors="replace").rstrip("\r\n"), hidden)
            if len(self.outcome.lines) < MAX_LINES:
                self.outcome.lines.append(OutputLine(name, line))
            self.hear(self.host.name, line)


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
