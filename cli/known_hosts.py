"""Host keys out of a file of OpenSSH's ``known_hosts``, plain and hashed.

Keys of certificate authorities are no host keys; a key that is marked as revoked is never taken.
"""

import base64
import binascii
import fnmatch
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cli.host_key import PREFERRED, fingerprint

STANDARD_PORT = 22
"""With another port, a host is written as ``[host]:port``."""


class NoKey(Exception):
    """The file has keys of a host, and none that can be pinned."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: for which hosts, which key."""

    line: int
    marker: str
    hosts: tuple[str, ...]
    key: str

    @property
    def kind(self) -> str:
        return self.key.split()[0]

    def is_of(self, name: str) -> bool:
        denied = (host[1:] for host in self.hosts if host.startswith("!"))
        return not any(_matches(host, name) for host in denied) and any(
            _matches(host, name) for host in self.hosts if not host.startswith("!")
        )


def entries(text: str) -> list[Entry]:
    """Return the lines that have a key; what is no such line is nothing to OpenSSH either."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        if len(words) >= 3 and not words[0].startswith("#"):
            hosts = tuple(words[0].split(","))
            found.append(Entry(number, marker, hosts, f"{words[1]} {words[2]}"))
    return found


def key_of(known: Sequence[Entry], names: Iterable[str], port: int, file: str) -> str:
    """Return the key of the host that has these names; empty if the file has no such host.

    Raises ``NoKey`` if there are only keys that cannot be pinned, or it is not clear which.
    """
    sought = [name if port == STANDARD_PORT else f"[{name}]:{port}" for name in names]
    of_host = [entry for entry in known if any(map(entry.is_of, sought))]
    revoked = {entry.key for entry in of_host if entry.marker == "@revoked"}
    plain = [entry for entry in of_host if not entry.marker]
    for kind in PREFERRED:
        found = {entry.key: entry.line for entry in plain if entry.kind == kind}
        if len(found) > 1:
            places = ", ".join(f"{fingerprint(key)} in line {line}" for key, line in found.items())
            raise NoKey(
                f"{file} has several keys of type {kind} for {sought[0]}: {places}; keep one"
            )
        for key, line in found.items():
            if key in revoked:
                raise NoKey(f"{file}:{line} has the key of {sought[0]}, marked as revoked")
            return key
    if plain:
        kinds = ", ".join(sorted({entry.kind for entry in plain}))
        raise NoKey(f"{file} has keys of {sought[0]} only of types that cannot be pinned: {kinds}")
    if any(entry.marker == "@cert-authority" for entry in of_host):
        raise NoKey(
            f"{file} has only an authority for {sought[0]}, and what it signs is not looked at "
            "here; pin the host's own key"
        )
    return ""


def _matches(host: str, name: str) -> bool:
    if not host.startswith("|1|"):
        # Brackets stand for themselves, as in [10.0.0.1]:2222.
        return fnmatch.fnmatchcase(name, host.replace("[", "[[]"))
    try:
        salt, hashed = (base64.b64decode(part, validate=True) for part in host[3:].split("|"))
    except (ValueError, binascii.Error):
        return False
    made = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return hmac.compare_digest(made, hashed)
