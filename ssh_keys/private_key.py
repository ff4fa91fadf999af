"""Reads a private key, whichever program wrote it, or says why it is of no use and what to do.

``ssh-keygen`` and ``openssl`` write different formats; all of them are brought into OpenSSH's own.
"""

import base64
import binascii
import re
import shlex
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

BEGIN = re.compile(rb"^-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----[ \t]*\r?$", re.MULTILINE)
LARGEST_BYTES = 64 * 1024
"""More than any private key has: an RSA key of 16384 bits is a fifth of it."""
MAGIC = b"openssh-key-v1\0"
CURVES = {
    "secp256r1": "ecdsa-sha2-nistp256",
    "secp384r1": "ecdsa-sha2-nistp384",
    "secp521r1": "ecdsa-sha2-nistp521",
}
NEW_KEY = "make one with ssh-keygen -t ed25519, and add its public key to the hosts"


class UnusableKey(Exception):
    """A file is no private key that jobs can log in with."""

    def __init__(self, seen: str, mend: str) -> None:
        super().__init__(seen)
        self.seen, self.mend = seen, mend


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key without a passphrase."""

    kind: str
    """As in SSH's protocol, for example ``ssh-ed25519``."""
    text: str = field(repr=False)
    """The key itself in OpenSSH's format."""


def read_file(path: Path) -> PrivateKey:
    """Read the key in a file. Raises ``UnusableKey``, which never quotes what is in it."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        mend = (
            "put the private key there, without a passphrase, as the Celery worker's user: "
            f"install -m 600 ~/.ssh/id_ed25519 {shlex.quote(str(path))}"
        )
        raise UnusableKey(error.strerror or type(error).__name__, mend) from error
    return read(text, path)


def refuse_if_open(path: Path) -> None:
    """Refuse a key that others on this machine can read or change, as ssh does."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # reading it says why
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UnusableKey(
            f"others on this machine can use it (mode {stat.S_IMODE(mode):o})",
            f"chmod 600 {shlex.quote(str(path))}; and think of it as known to them",
        )


def read(text: bytes, path: Path) -> PrivateKey:
    """Read a key that stands in ``path``."""
    begin = BEGIN.search(text)
    if len(text) > LARGEST_BYTES or begin is None:
        raise _no_key(text.strip(), path)
    # openssl may write parameters or names in front of a key.
    label, text = begin[1].decode(), text[begin.start() :].strip().replace(b"\r\n", b"\n")
    load = load_ssh_private_key if label.startswith("OPENSSH") else load_pem_private_key
    try:
        key = load(text + b"\n", None)
    except TypeError as error:  # how both loaders ask for a passphrase
        raise UnusableKey(
            f"{_announced(text, label)}, locked with a passphrase that nobody can type",
            f"ssh-keygen -p -N '' -f {shlex.quote(str(path))}, on a copy made for this purpose",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        if (kind := _announced(text, label)).startswith(("sk-", "ssh-dss", "dsa")):
            raise _other_kind(kind) from error
        raise UnusableKey(
            f"a damaged {kind} key, or of a format that is not known",
            "copy the file once more, to its last line; or " + NEW_KEY,
        ) from error
    kind = _kind(key)
    if not kind:
        raise _other_kind(type(key).__name__.removesuffix("PrivateKey"))
    written = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return PrivateKey(kind, written.decode())


def _kind(key: object) -> str:
    if isinstance(key, Ed25519PrivateKey):
        return "ssh-ed25519"
    if isinstance(key, RSAPrivateKey):
        return "ssh-rsa"
    return CURVES.get(key.curve.name, "") if isinstance(key, EllipticCurvePrivateKey) else ""


def _announced(text: bytes, label: str) -> str:
    """Return the type that a key's file tells without being unlocked."""
    if not label.startswith("OPENSSH"):
        return label.removesuffix("PRIVATE KEY").strip().lower() or "pkcs8"
    try:
        blob = base64.b64decode(text.partition(b"\n")[2].partition(b"-----")[0])
    except binascii.Error:
        return "openssh"
    left = blob.removeprefix(MAGIC)
    for _ in range(3):  # the cipher, the key derivation and its options
        _, left = _string(left)
    public, _ = _string(left[4:])  # behind the number of keys
    kind = _string(public)[0].decode("ascii", errors="replace")
    return kind if kind.replace("@", "").replace(".", "").replace("-", "").isalnum() else "openssh"


def _string(blob: bytes) -> tuple[bytes, bytes]:
    """Split off a string of SSH's wire format."""
    end = 4 + int.from_bytes(blob[:4])
    return blob[4:end], blob[end:]


def _no_key(text: bytes, path: Path) -> UnusableKey:
    if text.startswith(b"PuTTY-User-Key-File"):
        at = shlex.quote(str(path))
        return UnusableKey(
            "a key in PuTTY's format", f"puttygen {at} -O private-openssh -o {at}.openssh"
        )
    if text.startswith((b"ssh-", b"ecdsa-", b"sk-")) or b" PUBLIC KEY----" in text[:100]:
        return UnusableKey("a public key", "put the private key there; it has no .pub at its end")
    return UnusableKey("no private SSH key", "put a private key there")


def _other_kind(kind: str) -> UnusableKey:
    if kind.startswith("sk-"):
        return UnusableKey(f"{kind}: a security key, which asks a person for a touch", NEW_KEY)
    return UnusableKey(f"{kind}: a key of a type that is not used for logging in", NEW_KEY)
