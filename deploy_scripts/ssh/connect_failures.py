"""Says why a host could not be reached: its key, our key, its SSH server, or the network.

A host behind jump hosts fails at one hop; the message names that hop, and the advice is about it.
"""

from collections.abc import Sequence
from dataclasses import replace

from paramiko import AuthenticationException, BadAuthenticationType, BadHostKeyException, PKey

from cluster.actions import Action
from deploy_scripts.fleet.errors import HostFailure
from deploy_scripts.fleet.redaction import redact
from deploy_scripts.ssh.connection import CHANNEL_SECONDS
from deploy_scripts.ssh.errors import (
    ClosedAtLogin,
    Cut,
    FurtherFactors,
    NoCommonAlgorithm,
    NotConnected,
    NotForwarded,
    UnreadableKey,
)
from deploy_scripts.ssh.pinned_keys import public_key
from deploy_scripts.ssh.targets import Target

SSHD_CONFIG = "/etc/ssh/sshd_config"
RELOAD = "then reload it: systemctl reload ssh"
FULL = ("MaxStartups", "Not allowed at this time")
"""What OpenSSH says to a connection that it takes no part in, in older and newer words."""
BEST = {
    "KexAlgorithms": ("curve25519-sha256", "ecdh-sha2-nistp256"),
    "Ciphers": ("aes256-gcm@openssh.com", "aes256-ctr"),
    "MACs": ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"),
    "Compression": ("none",),
}
"""Of what we can do, what an SSH server should be told to take too."""
MOST_NAMED = 12
HOPELESS = frozenset(
    {
        "authentication-failed",
        "forwarding-forbidden",
        "further-factors",
        "host-key-changed",
        "host-key-type-missing",
        "no-common-algorithm",
    }
)
"""Codes of failures that another attempt cannot mend."""


def connect_failure(target: Target, error: Exception | None) -> HostFailure:
    """Say why a host could not be reached."""
    if not isinstance(error, NotConnected):
        return _at(target, error)
    failure = _at(error.hop, error.cause)
    if error.hop == target:
        return failure
    message = f"cannot reach {target.name} through jump host {error.hop.name}: {failure.message}"
    return replace(failure, host=target.name, message=message)


def cause_of(error: Exception | None) -> str:
    """Return in a few words what broke a connection, or kept it from being made."""
    if isinstance(error, TimeoutError):
        return "no answer (timed out)"
    if isinstance(error, Cut):
        return str(error)
    text = redact(str(error)) if error and str(error) else type(error).__name__
    if isinstance(error, EOFError):
        return "its SSH server closed the connection"
    if "opening channel" in text:
        return f"its SSH server is silent for {CHANNEL_SECONDS} s"
    return text


def _at(hop: Target, error: Exception | None) -> HostFailure:
    if isinstance(error, BadHostKeyException):
        return _other_key(hop, error)
    if isinstance(error, NoCommonAlgorithm):
        return _no_agreement(hop, error)
    if isinstance(error, NotForwarded) and hop.jump is not None:
        return _not_forwarded(hop, hop.jump, error)
    if isinstance(error, UnreadableKey):
        return HostFailure(
            hop.name,
            f"cannot log in to {hop.name}: {error}",
            code="authentication-failed",
            advice=error.mend,
        )
    if isinstance(error, FurtherFactors):
        return _further_factors(hop, error)
    if isinstance(error, AuthenticationException):
        return _refused(hop, error)
    return _unreachable(hop, error)


def _unreachable(hop: Target, error: Exception | None) -> HostFailure:
    advice = "check that the host is up, its address and SSH port, and the firewall between"
    if isinstance(error, ClosedAtLogin):
        if any(words in str(error) for words in FULL):
            advice = (
                "it takes no more connections now: try again, or raise MaxStartups in "
                f"{SSHD_CONFIG} on the host; a PerSourcePenalties line there passes by itself"
            )
        elif "during the login" in str(error):
            advice = (
                "look on the host why, with 'journalctl -u ssh': an expired account "
                f"('chage -l {hop.typed_user}'), a restart, or its load"
            )
    return HostFailure(
        hop.name,
        f"cannot reach {hop.name} at {_endpoint(hop)}: {cause_of(error)}",
        code="unreachable",
        advice=advice,
    )


def _refused(hop: Target, error: AuthenticationException) -> HostFailure:
    begin = f"cannot log in to {hop.name} at {_endpoint(hop)}: "
    if isinstance(error, BadAuthenticationType):
        methods = _listed(error.allowed_types)
        return HostFailure(
            hop.name,
            f"{begin}its SSH server takes no key from user {hop.user}, only {methods}",
            code="authentication-failed",
            advice=f"put 'PubkeyAuthentication yes' into {SSHD_CONFIG} on the host, {RELOAD}",
        )
    if "signing" in str(error):
        return HostFailure(
            hop.name,
            f"{begin}its SSH server takes no signature that key {hop.key_file} can make",
            code="authentication-failed",
            advice="use an ed25519 key, or add its algorithm to PubkeyAcceptedAlgorithms in "
            f"{SSHD_CONFIG} on the host",
        )
    advice = (
        f"add the public key to ~{hop.user}/.ssh/authorized_keys on the host, or correct the "
        f"host's user; if it is there, 'journalctl -u ssh' on the host tells why: {_suspects(hop)}"
    )
    return HostFailure(
        hop.name,
        f"{begin}authentication failed for user {hop.user} with key {hop.key_file}",
        code="authentication-failed",
        advice=advice,
    )


def _suspects(hop: Target) -> str:
    """Name what refuses a user without a word to the client."""
    root = "PermitRootLogin no, " if hop.user == "root" else ""
    return (
        f"{root}AllowUsers or AllowGroups, PubkeyAcceptedAlgorithms without the key's type, "
        f"a locked account ('passwd -S {hop.typed_user}')"
    )


def _further_factors(hop: Target, error: FurtherFactors) -> HostFailure:
    return HostFailure(
        hop.name,
        f"cannot log in to {hop.name} at {_endpoint(hop)}: the key of user {hop.user} was "
        f"accepted, and its SSH server asks for {_listed(error.methods)} as well, which nobody "
        "is there to answer",
        code="further-factors",
        advice=f"let this user in by key alone: put 'Match User {hop.user}' and below it "
        f"'AuthenticationMethods publickey' at the end of {SSHD_CONFIG} on the host, {RELOAD}",
    )


def _no_agreement(hop: Target, error: NoCommonAlgorithm) -> HostFailure:
    theirs = _listed(error.theirs)
    if error.setting == "HostKeyAlgorithms":
        kind = public_key(hop.host_key).get_name()
        return HostFailure(
            hop.name,
            f"cannot trust {hop.name} at {_endpoint(hop)}: the pinned host key is of type {kind}, "
            f"and its SSH server has none of it, only {theirs}",
            code="host-key-type-missing",
            advice="if the host was reinstalled, compare the fingerprint of one of its keys with "
            "'ssh-keygen -lf' on its console and pin that key; otherwise somebody may be in "
            "between",
            actions=(Action.REPIN_HOST.of(host=hop.name),),
        )
    best = BEST[error.setting]
    line = f"{error.setting} {','.join([*map(_name, error.theirs[:MOST_NAMED]), *best])}"
    return HostFailure(
        hop.name,
        f"cannot talk to {hop.name} at {_endpoint(hop)}: no common algorithm for {error.setting}: "
        f"its SSH server takes {theirs}; known here are {_listed(error.ours)}",
        code="no-common-algorithm",
        advice=f"in {SSHD_CONFIG} on the host, replace the line that begins with {error.setting} "
        f"by '{line}', {RELOAD}",
    )


def _not_forwarded(hop: Target, jump: Target, error: NotForwarded) -> HostFailure:
    if error.forbidden:
        return HostFailure(
            hop.name,
            f"cannot reach {hop.name} at {hop.endpoint}: jump host {jump.name} does not connect "
            f"onward to it ({str(error) or 'forbidden'})",
            code="forwarding-forbidden",
            advice=f"put 'AllowTcpForwarding local' and 'PermitOpen {hop.endpoint}' or 'PermitOpen "
            f"any' into {SSHD_CONFIG} on {jump.name}, {RELOAD}; see that the key's line in "
            f"~{jump.user}/.ssh/authorized_keys there has neither restrict nor no-port-forwarding",
        )
    return HostFailure(
        hop.name,
        f"cannot reach {hop.name} at {hop.endpoint} from jump host {jump.name}: "
        f"{str(error) or 'no connection'}",
        code="unreachable",
        advice=f"check that the host is up, that its address and port are right as seen from "
        f"{jump.name}, and the firewall between the two",
    )


def _other_key(hop: Target, error: BadHostKeyException) -> HostFailure:
    return HostFailure(
        hop.name,
        f"cannot trust {hop.name} at {_endpoint(hop)}: host key changed: expected "
        f"{_fingerprint(public_key(hop.host_key))}, got {_fingerprint(error.key)}",
        code="host-key-changed",
        advice="if the host was reinstalled, compare the fingerprint with 'ssh-keygen -lf "
        f"/etc/ssh/ssh_host_{_file(error.key)}_key.pub' on its console and pin the new key; "
        "otherwise somebody may be in between",
        actions=(Action.REPIN_HOST.of(host=hop.name),),
    )


def _endpoint(hop: Target) -> str:
    return f"{hop.endpoint} through {hop.jump.name}" if hop.jump else hop.endpoint


def _fingerprint(key: PKey) -> str:
    return f"{key.fingerprint} ({key.get_name()})"


def _file(key: PKey) -> str:
    """Return what OpenSSH calls a host key's file after."""
    return key.algorithm_name.lower()


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(_name, names[:MOST_NAMED])) or "nothing"
    return f"{shown} and more" if len(names) > MOST_NAMED else shown


def _name(text: str) -> str:
    """Return an algorithm's name, without anything that is in no such name."""
    return "".join(sign for sign in text[:64] if sign.isalnum() or sign in "-@._") or "?"
