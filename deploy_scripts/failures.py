"""Turns what pyinfra and paramiko report of one host into a failure that says what to do."""

from base64 import b64decode
from hashlib import sha256

from pyinfra.api import State
from pyinfra.api.host import Host

from deploy_scripts.connections import Target, readable_key
from deploy_scripts.errors import HostFailure
from deploy_scripts.redaction import redact

LAST_LINES = 10


def connect_failure(target: Target, error: Exception) -> HostFailure:
    """Say why a host could not be reached: its key, its user, or the network."""
    said, at = str(error), f"{target.address}:{target.port}"
    if "host key" in said.lower() or "not found in known_hosts" in said.lower():
        return HostFailure(
            target.name,
            f"cannot trust {target.name} at {at}: it shows another SSH host key than the pinned "
            f"{fingerprint(target.host_key)}",
            code="host-key-changed",
            advice=f"if the host was reinstalled, read its key on its console and store it with "
            f"PUT /v1/hosts/{target.name}; otherwise somebody may be in between",
        )
    if not readable_key(target):
        return HostFailure(
            target.name,
            f"cannot log in to {target.name}: there is no readable SSH key {target.key_file}",
            code="authentication-failed",
            advice="put the private key there with mode 0600, or name another key for the host",
        )
    if "authentication" in said.lower():
        return HostFailure(
            target.name,
            f"cannot log in to {target.name} at {at}: authentication failed for user "
            f"{target.user} with key {target.key_file}",
            code="authentication-failed",
            advice=f"add the public key to ~{target.user}/.ssh/authorized_keys on the host, or "
            "correct the host's user",
        )
    return HostFailure(
        target.name,
        f"cannot reach {target.name} at {at}: {redact(said)}",
        code="unreachable",
        advice="check that the host is up, its address and port, and the firewall between",
    )


def operation_failure(state: State, host: Host, broken: str) -> HostFailure | None:
    """Return why an operation failed on a host, or ``None`` when all of them succeeded."""
    operations = state.ops.get(host, {})
    if not operations:
        return HostFailure(host.name, f"cannot tell what ran on {host.name}: nothing did")
    for op_hash, data in operations.items():
        meta = data.operation_meta
        if meta.is_complete() and meta.did_succeed(_raise_if_not_complete=False):
            continue
        name = min(state.get_op_meta(op_hash).names).split(" | ")[-1]
        lines = tuple(redact(line) for line in _lines(meta))[-LAST_LINES:]
        said = lines[-1] if lines else broken or "it ended without a word"
        return HostFailure(
            host.name,
            f"cannot {name[0].lower()}{name[1:]} on {host.name}: {said}",
            command=redact(name),
            lines=lines,
            advice="",
            code="command-failed",
        )
    return None


def _lines(meta: object) -> list[str]:
    combined = getattr(meta, "_combined_output", None)
    return [line.line for line in combined] if combined else []


def fingerprint(host_key: str) -> str:
    """Return the SHA256 fingerprint of a public key, as ``ssh-keygen -l`` shows it."""
    from base64 import b64encode

    digest = sha256(b64decode(host_key.split()[1])).digest()
    return "SHA256:" + b64encode(digest).decode().rstrip("=")
