"""Secrets that a sender shows as they are, instead of signing with them; pure."""

import base64
import binascii

from workflows.hooks.received import Received, Unsigned
from workflows.hooks.signing.signatures import place_of, same, signed_header
from workflows.hooks.source import Secrets


def place_of_token(received: Received, secrets: Secrets, name: str) -> int:
    """Return the place of the secret that a header shows. Raises ``Unsigned``."""
    return _place(secrets, signed_header(received, name), name)


def place_of_bearer(received: Received, secrets: Secrets, scheme: str = "Bearer") -> int:
    """Return the place of the secret that ``Authorization: Bearer`` shows. Raises ``Unsigned``."""
    given = authorization(received, scheme)
    if not given:
        raise Unsigned(
            f"cannot tell who sent this: header Authorization has no {scheme}; set it at the sender"
        )
    return _place(secrets, given, "Authorization")


def place_of_password(received: Received, secrets: Secrets) -> int:
    """Return the place of the secret that is the password of ``Authorization: Basic``.

    The user's name may be anything. Raises ``Unsigned``.
    """
    try:
        pair = base64.b64decode(authorization(received, "Basic"), validate=True)
    except (binascii.Error, ValueError):
        pair = b""
    _, colon, password = pair.partition(b":")
    if not colon:
        raise Unsigned(
            "cannot tell who sent this: header Authorization has no name and password; set them "
            "at the sender"
        )
    return place_of(secrets, lambda secret: same(secret, password), "the password")


def authorization(received: Received, scheme: str) -> str:
    """Return what stands behind a scheme in the header Authorization, or nothing."""
    found, _, given = received.header("Authorization").strip().partition(" ")
    return given.strip() if found.lower() == scheme.lower() else ""


def _place(secrets: Secrets, given: str, name: str) -> int:
    try:
        # A server reads the bytes of headers as Latin-1.
        shown = given.encode("latin-1")
    except UnicodeEncodeError:
        raise Unsigned(
            f"cannot tell who sent this: header {name} has signs that no header can have; send it "
            "anew"
        ) from None
    return place_of(secrets, lambda secret: same(secret, shown), f"header {name}")
