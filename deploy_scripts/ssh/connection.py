"""One open SSH connection to one host, through its jump hosts where it has any."""

from contextlib import suppress

from paramiko import Channel, ChannelException, SSHException

from deploy_scripts.ssh.errors import BROKEN, BrokenWay, NotConnected, NotForwarded, Silent
from deploy_scripts.ssh.jump_hosts import JumpHosts
from deploy_scripts.ssh.keepalive import Keepalive
from deploy_scripts.ssh.login import Keys, log_in
from deploy_scripts.ssh.session import SshTransport
from deploy_scripts.ssh.targets import Target
from deploy_scripts.ssh.wire import Carrier, dial

CHANNEL_SECONDS = 10
FORBIDDEN = 1
"""``SSH_OPEN_ADMINISTRATIVELY_PROHIBITED``: a server's answer to what it never does."""


class Connection:
    """An open connection; watched for as long as it is open."""

    def __init__(self, target: Target, session: SshTransport, way: "Connection | None") -> None:
        self.target, self.way = target, way
        self._session = session
        self._silence: Silent | None = None
        self._is_closed = False
        self._keepalive = Keepalive(session, depth=target.depth, give_up=self._give_up)

    @property
    def is_active(self) -> bool:
        return not self._is_closed and self._session.is_active()

    @property
    def end(self) -> SSHException | None:
        """Why the connection ended, where it is known better than that it did."""
        if self._silence is None and self.way is not None and not self.way.is_active:
            jump = self.way.target
            cause = self.way.end or "it was closed"
            return BrokenWay(f"the connection to jump host {jump.name} ended: {cause}")
        return self._silence

    def channel(self) -> Channel:
        """Open a channel for one command."""
        try:
            return self._session.open("session", CHANNEL_SECONDS)
        except ChannelException as error:
            raise SSHException(
                f"its SSH server opens no session ({error.text}); MaxSessions in its sshd_config, "
                "or too many processes, keep it from that"
            ) from error

    def onward(self, address: str, port: int, seconds: float) -> Channel:
        """Open a channel to another host's SSH port, as seen from this host."""
        try:
            return self._session.open("direct-tcpip", seconds, (address, port))
        except ChannelException as error:
            raise NotForwarded(error.text, forbidden=error.code == FORBIDDEN) from error
        except SSHException as error:
            if "Timeout" not in str(error):
                raise
            if self._keepalive.is_doubtful:  # so it is not the host behind it that is silent
                self._give_up(seconds)
                raise
            message = f"no answer within {seconds:.0f} s"
            raise NotForwarded(message, forbidden=False) from error

    def close(self) -> None:
        """Close it, and let the connection to its jump host go."""
        if self._is_closed:
            return
        self._is_closed = True
        self._keepalive.stop()
        with suppress(Exception):  # it may be broken already, and closing is all that is left to do
            self._session.close()
        if self.way is not None:
            jump_hosts.leave(self.way)

    def _give_up(self, seconds: float) -> None:
        self._silence = Silent(f"{self.target.name} has answered nothing for {seconds:.0f} s")
        self.close()


def open_connection(target: Target, seconds: float) -> Connection:
    """Connect to a host and log in, with so many seconds for each step of it.

    Raises ``NotConnected``, which names the hop that failed.
    """
    try:
        keys = Keys.of(target)
    except BROKEN as error:
        raise NotConnected(target, error) from error
    try:
        return _open(target, keys, seconds)
    except _LostWay:
        # It was opened for others, and may have been dead without our knowing.
        return _open(target, keys, seconds)


class _LostWay(NotConnected):
    """The connection to the jump host broke while it was used."""


def _open(target: Target, keys: Keys, seconds: float) -> Connection:
    way = jump_hosts.reach(target.jump, seconds) if target.jump else None
    try:
        session = log_in(target, keys, _carrier(target, way, seconds), seconds)
    except BaseException as error:
        if way is not None:
            jump_hosts.leave(way)
        if not isinstance(error, BROKEN):
            raise
        if way is not None and not way.is_active:
            raise _LostWay(target, way.end or error) from error
        raise NotConnected(target, error) from error
    return Connection(target, session, way)


def _carrier(target: Target, way: Connection | None, seconds: float) -> Carrier:
    if way is None:
        return dial(target.address, target.port, seconds)
    return way.onward(target.address, target.port, seconds)


jump_hosts = JumpHosts(open_connection)
"""Those of this process."""
