"""Signatures of Standard Webhooks, which several senders use; pure.

Signed are the id, the timestamp and the body, so that all three may be trusted. Only HMAC (``v1``)
is known here.
"""

import base64
import binascii

from workflows.hooks.received import Received, Unsigned
from workflows.hooks.signing.signatures import (
    MOST_SIGNATURES,
    from_base64,
    marked,
    place_of_signer,
    signed_header,
)
from workflows.hooks.signing.timestamps import fresh_timestamp
from workflows.hooks.source import Secrets

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
_MARK = "v1,"


def place_of_standard_signer(received: Received, secrets: Secrets) -> int:
    """Return the place of the secret that made one of the signatures. Raises ``Unsigned``."""
    name = signed_header(received, ID)
    timestamp = fresh_timestamp(received, TIMESTAMP)
    signatures = signed_header(received, SIGNATURE).split()[:MOST_SIGNATURES]
    given = [from_base64(marked(each, _MARK)) for each in signatures]
    try:
        content = f"{name}.{timestamp}.".encode("latin-1") + received.body
    except UnicodeEncodeError:
        raise Unsigned(
            f"cannot tell who sent this: header {ID} has signs that no header can have; send it "
            "anew"
        ) from None
    return place_of_signer(secrets, given, content, f"header {SIGNATURE}", key=standard_key)


def is_standard(received: Received) -> bool:
    """Whether a request has such a signature, right or wrong."""
    return bool(received.header(SIGNATURE))


def standard_key(secret: bytes) -> bytes:
    """Return the key that a secret ``whsec_<base64>`` stands for; none where it is no base64."""
    encoded = secret.strip().removeprefix(b"whsec_").rstrip(b"=")
    try:
        return base64.b64decode(encoded + b"=" * (-len(encoded) % 4), validate=True)
    except binascii.Error:
        return b""
