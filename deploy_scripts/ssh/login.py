"""The beginning of an SSH connection: algorithms, the pinned host key, and our own key."""

from dataclasses import dataclass

from paramiko import (
    AuthenticationException,
    BadHostKeyException,
    PKey,
)

from cluster.printable import printable
from deploy_scripts.ssh.errors import (
    BROKEN,
    ClosedAtLogin,
    FurtherFactors,
    TalksTooMuch,
)
from deploy_scripts.ssh.pinned_keys import host_key_algorithms, private_key, public_key
from deploy_scripts.ssh.session import SshTransport, unreadable
from deploy_scripts.ssh.targets import Target
from deploy_scripts.ssh.wire import Carrier, Wire


@dataclass(frozen=True, slots=True)
class Keys:
    """The two keys of a login."""

    pinned: PKey
    """The host's."""
    private: PKey
    """Ours."""

    @classmethod
    def of(cls, target: Target) -> "Keys":
        return cls(public_key(target.host_key), private_key(target.key_file))


def log_in(target: Target, keys: Keys, carrier: Carrier, seconds: float) -> SshTransport:
    """Return a session with the host that the target pins, with our key accepted."""
    wire = Wire(carrier)
    session = SshTransport(wire)
    session.banner_timeout = session.handshake_timeout = session.auth_timeout = seconds
    session.get_security_options().key_types = host_key_algorithms(keys.pinned)
    try:
        _shake_hands(session, target, keys.pinned, seconds)
        _authenticate(session, target, keys.private)
    except BaseException as error:
        session.close()
        wire.close()  # of a session that never began, the above leaves it open
        if isinstance(error, Exception):
            raise _true_cause(error, session) from error
        raise
    wire.trust()
    return session


def _shake_hands(session: SshTransport, target: Target, pinned: PKey, seconds: float) -> None:
    session.start_client(timeout=seconds)
    if not session.initial_kex_done:
        raise TimeoutError(f"the SSH server did not agree on keys within {seconds:.0f} s")
    shown = session.get_remote_server_key()
    if shown != pinned:
        raise BadHostKeyException(target.endpoint, shown, pinned)


def _authenticate(session: SshTransport, target: Target, private: PKey) -> None:
    further = session.auth_publickey(target.user, private)
    if further:
        raise FurtherFactors([printable(method.encode()) for method in further])


def _true_cause(error: Exception, session: SshTransport) -> Exception:
    """Return what was wrong, where paramiko says no more than that something was."""
    if session.wire.has_said_too_much:
        return TalksTooMuch("it says more before the login than any SSH server has to")
    if not session.initial_kex_done:
        greeting = session.wire.greeting.partition(b"SSH-")[0]
        if not session.remote_version:  # which paramiko keeps there, once it has come
            quoted = f"; it said: {printable(greeting)}" if greeting.strip() else ""
            return ClosedAtLogin(f"something listens there, but no SSH server answers{quoted}")
        if isinstance(error, EOFError):
            return ClosedAtLogin("its SSH server closed the connection before the login")
    if type(error) is AuthenticationException:
        text = str(error)
        if "timeout" in text:
            return TimeoutError("no answer to the login")
        if "EOF" in text:
            quoted = f": {session.message()}" if session.message() else ""
            return ClosedAtLogin(f"its SSH server closed the connection during the login{quoted}")
    return error if isinstance(error, BROKEN) else unreadable(error)
