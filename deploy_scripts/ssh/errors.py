"""Why there is no connection to a host, or no longer one.

SSHException                  paramiko's own, the base of all: see ``BROKEN``
├── NotConnected              no connection could be made; no command was sent. Its cause is one of
│   ├── UnreadableKey         a key of ours: the private one, or the pinned one
│   ├── NoCommonAlgorithm     nothing that both sides can do, or no host key of the pinned type
│   ├── FurtherFactors        the key was taken, and something else is asked for
│   ├── ClosedAtLogin         the server ended the connection before it had judged the key
│   ├── TalksTooMuch          more was said, or announced at once, than any server has to say
│   ├── NotForwarded          the jump host does not connect onward
│   └── paramiko's and the system's: BadHostKeyException, AuthenticationException, OSError
├── Silent                    nothing answers any more
├── BrokenWay                 the connection to the jump host broke
└── Cut                       the fleet was aborted
"""

from collections.abc import Sequence

from paramiko import SSHException

from deploy_scripts.ssh.targets import Target

BROKEN = (SSHException, OSError, EOFError, MemoryError)
"""What paramiko raises when a connection is, or becomes, of no use; the last one for a peer that
announces more than there is memory for."""


class NotConnected(SSHException):
    """A connection could not be made; ``hop`` is the host at which it failed."""

    def __init__(self, hop: Target, cause: Exception) -> None:
        super().__init__(str(cause) or type(cause).__name__)
        self.hop, self.cause = hop, cause


class UnreadableKey(SSHException):
    """A key of ours cannot be used: the private key, or the pinned host key."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


class NoCommonAlgorithm(SSHException):
    """Server and client know no algorithm in common; ``setting`` is its name in sshd_config."""

    def __init__(self, setting: str, theirs: Sequence[str], ours: Sequence[str]) -> None:
        super().__init__(f"no common algorithm: {setting}")
        self.setting, self.theirs, self.ours = setting, tuple(theirs), tuple(ours)


class FurtherFactors(SSHException):
    """The key was accepted, and the server asks for more."""

    def __init__(self, methods: Sequence[str]) -> None:
        super().__init__(f"the server asks for {', '.join(methods)} as well")
        self.methods = tuple(methods)


class ClosedAtLogin(SSHException):
    """The server ended the connection during the login."""


class TalksTooMuch(SSHException):
    """A server said more before the login than it needs to."""


class NotForwarded(SSHException):
    """The jump host did not open the way onward."""

    def __init__(self, message: str, *, forbidden: bool) -> None:
        super().__init__(message)
        self.forbidden = forbidden
        """Whether it may not, in contrast to: it tried in vain."""


class Silent(SSHException):
    """A host has stopped to answer."""


class BrokenWay(SSHException):
    """The connection to a jump host broke, and with it those through it."""


class Cut(SSHException):
    """The fleet was aborted; its connections are closed for good."""
