"""Which of several secrets a request is signed with; pure.

What is compared is compared in constant time, and every secret is tried, so that the time that it
takes tells nothing. No message has a secret in it, nor the signature that was expected.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence

from workflows.hooks.received import Received, Unsigned
from workflows.hooks.source import Secrets

MOST_SIGNATURES = 10
"""In one header: a sender whose secrets are being replaced sends two."""
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){1,64}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{1,128}={0,2}")


def signed_header(received: Received, name: str) -> str:
    """Return a header that a signed request has. Raises ``Unsigned`` where it has none."""
    value = received.header(name).strip()
    if not value:
        raise Unsigned(
            f"cannot tell who sent this: header {name} is missing; set a secret at the sender"
        )
    return value


def from_hex(text: str) -> bytes:
    """Return the bytes that hexadecimal digits stand for; none where they are no such digits."""
    return bytes.fromhex(text) if _HEX.fullmatch(text) else b""


def from_base64(text: str) -> bytes:
    """Return the bytes that standard base64 stands for, none where it is something else."""
    if not _BASE64.fullmatch(text):
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def marked(text: str, mark: str) -> str:
    """Return what follows a mark such as ``sha256=``, or nothing."""
    return text.removeprefix(mark) if text.startswith(mark) else ""


def hmac_of(secret: bytes, content: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.digest(secret, content, algorithm)


def same(one: bytes, other: bytes) -> bool:
    """Whether two secrets are the same, in a time that does not even tell their lengths."""
    return hmac.compare_digest(hashlib.sha256(one).digest(), hashlib.sha256(other).digest())


def place_of(secrets: Secrets, fits: Callable[[bytes], bool], what: str) -> int:
    """Return the place of the first secret that fits; an empty one never does.

    Raises ``Unsigned`` where none does; ``what`` is what none fits, as the log tells it.
    """
    places = [place for place, secret in enumerate(secrets) if secret and fits(secret)]
    if not places:
        raise Unsigned(
            f"cannot tell who sent this: {what} fits none of {len(secrets)} secrets; compare the "
            "secret at the sender with the one here"
        )
    return places[0]


def place_of_signer(
    secrets: Secrets,
    given: Sequence[bytes],
    content: bytes,
    what: str,
    *,
    algorithm: str = "sha256",
    key: Callable[[bytes], bytes] = bytes,
) -> int:
    """Return the place of the secret with which one of the given HMACs of the content was made.

    ``key`` makes the key of a secret, and no bytes of one that is no key. Raises ``Unsigned``.
    """
    few = [each for each in given if each][:MOST_SIGNATURES]

    def fits(secret: bytes) -> bool:
        made_with = key(secret)
        expected = hmac_of(made_with, content, algorithm)
        matches = [hmac.compare_digest(expected, each) for each in few]
        return bool(made_with) and any(matches)

    return place_of(secrets, fits, what)


def place_of_body_signer(
    received: Received, secrets: Secrets, name: str, mark: str = "", *, algorithm: str = "sha256"
) -> int:
    """Return the place of the secret of a header ``<mark><hex of the body's HMAC>``.

    Raises ``Unsigned``.
    """
    given = from_hex(marked(signed_header(received, name), mark))
    return place_of_signer(secrets, [given], received.body, f"header {name}", algorithm=algorithm)
