"""The two keys of a login: the host's, which is pinned, and ours."""

from base64 import b64decode
from io import StringIO
from pathlib import Path

from paramiko import ECDSAKey, Ed25519Key, PKey, RSAKey

from deploy_scripts.ssh.errors import UnreadableKey
from ssh_keys.private_key import UnusableKey, read_file, refuse_if_open

CLASSES: dict[str, type[PKey]] = {"ssh-ed25519": Ed25519Key, "ssh-rsa": RSAKey}
"""Every other type that is read is an ECDSA key."""
ALGORITHMS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}
"""How a server may prove a key, best first, where that is not called as the key's type."""


def public_key(text: str) -> PKey:
    """Return the key behind ``ssh-ed25519 AAAA...``."""
    try:
        kind, blob = text.split()[:2]
        return PKey.from_type_string(kind, b64decode(blob))
    except Exception as error:  # paramiko raises whatever its parsers raise
        raise UnreadableKey(
            f"cannot read the pinned host key {text[:40]!r}: {error}",
            "store the host's key as ssh-keyscan prints it, without the address",
        ) from error


def host_key_algorithms(pinned: PKey) -> tuple[str, ...]:
    """Return how a server may prove that it has this key, and no other key of its own."""
    return ALGORITHMS.get(pinned.get_name(), (pinned.get_name(),))


def private_key(path: str) -> PKey:
    """Return the key in a file, with the certificate that stands beside it, if one does."""
    try:
        found = read_file(Path(path))
        refuse_if_open(Path(path))
    except UnusableKey as error:
        raise UnreadableKey(f"cannot read the SSH key {path}: {error.seen}", error.mend) from error
    certificate = Path(f"{path}-cert.pub")
    try:
        key = CLASSES.get(found.kind, ECDSAKey).from_private_key(StringIO(found.text))
        if certificate.exists():
            key.load_certificate(str(certificate))
    except Exception as error:  # as above; the text may not quote the key itself
        cause = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise UnreadableKey(
            f"cannot read the SSH key {path}: {cause}",
            f"look at it with ssh-keygen -lf, and at {certificate} if that is there",
        ) from error
    return key
