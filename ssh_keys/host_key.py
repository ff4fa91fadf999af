"""Public SSH host keys: the one in what a person pasted, and its fingerprint."""

import base64
import binascii
import hashlib
from itertools import pairwise


class NotOneKey(Exception):
    """What was pasted has no host key, or several."""


def given_key(text: str) -> str:
    """Return the one key in what a person has pasted.

    It may stand as ssh-keyscan, known_hosts and the ``.pub`` files have it: with names before it,
    and a comment behind it.
    """
    rows = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    keys = {key for line in rows if (key := _key_in(line.split()))}
    if len(keys) != 1 or len(rows) != 1:
        raise NotOneKey(
            f"cannot use the host key: it has {len(rows)} lines and {len(keys)} keys, and one is "
            "wanted; give its type and base64, as ssh-keyscan -t ed25519 prints them"
        )
    return keys.pop()


def fingerprint(key: str) -> str:
    """Return a key's fingerprint as ssh prints it."""
    try:
        blob = base64.b64decode(key.split()[1], validate=True)
    except (IndexError, binascii.Error) as error:
        raise NotOneKey(
            "cannot use the host key: give its type and base64, as ssh-keyscan prints it "
            "without the address"
        ) from error
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _key_in(words: list[str]) -> str:
    """Return type and base64, which are the first two words, or come after the hosts' names."""
    for kind, data in pairwise(words[:3]):
        if data.startswith("AAAA"):
            return f"{kind} {data}"
    return ""
