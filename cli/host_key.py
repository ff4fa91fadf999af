"""A host's SSH key: asked for with ``ssh-keyscan``, and told as its fingerprint."""

import shutil
import subprocess

from cli.errors import Failure
from ssh_keys import host_key

SCAN_SECONDS = 5
PREFERRED = (
    "ssh-ed25519",
    *(f"ecdsa-sha2-nistp{bits}" for bits in (256, 384, 521)),
    "ssh-rsa",
)
"""The types that can be pinned. Those that are kept on a security token (sk-) and DSA cannot."""


def scan(address: str, port: int) -> str:
    """Return the key that a host shows, best type first; nobody has vouched for it yet."""
    program = shutil.which("ssh-keyscan")
    if program is None:
        raise Failure(
            "cannot scan: ssh-keyscan is not on the path; "
            "apt-get install openssh-client, or give the key with --host-key"
        )
    done = subprocess.run(
        [
            program,
            "-T",
            str(SCAN_SECONDS),
            "-p",
            str(port),
            "-t",
            "ed25519,ecdsa,rsa",
            "--",
            address,
        ],
        capture_output=True,
        text=True,
        timeout=SCAN_SECONDS * 4,
        check=False,
    )
    keys = shown_keys(done.stdout)
    if not keys:
        lines = [line for line in done.stderr.splitlines() if line and not line.startswith("#")]
        raise Failure(
            f"cannot scan {address}:{port}: {lines[-1] if lines else 'it shows no key'}; "
            "is sshd running there, and is the port right?"
        )
    return keys[0]


def shown_keys(text: str) -> list[str]:
    """Return the keys in ssh-keyscan's output, best type first."""
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    keys = {row[1]: f"{row[1]} {row[2]}" for row in rows if len(row) >= 3}
    return [keys[kind] for kind in PREFERRED if kind in keys]


def given_key(text: str) -> str:
    """Return the one key in what a person has pasted."""
    try:
        return host_key.given_key(text)
    except host_key.NotOneKey as error:
        raise Failure(str(error)) from error


def fingerprint(key: str) -> str:
    """Return a key's fingerprint as ssh prints it."""
    try:
        return host_key.fingerprint(key)
    except host_key.NotOneKey as error:
        raise Failure(str(error)) from error
