"""What a button of ours brings back: signed by ourselves, where the chat signs nothing; pure."""

import json
from collections.abc import Mapping
from typing import Any

from workflows.hooks.received import Unsigned
from workflows.hooks.signing.signatures import from_hex, hmac_of, place_of_signer
from workflows.hooks.signing.timestamps import require_fresh
from workflows.hooks.source import Secrets

PURPOSE = b"clusterwright button\n"
"""Keeps a signature of a button from being one of anything else."""
SIGNATURE, EXPIRES, NONCE = "signature", "expires", "nonce"
LONGEST_SECONDS = 7 * 86400.0
"""For which a button may be pressed."""


def signed_context(
    fields: Mapping[str, Any], secret: bytes, *, expires: int, nonce: str
) -> dict[str, Any]:
    """Return what a button carries: the fields, until when it is good, and a name for one use.

    ``expires`` is in seconds since 1970; ``nonce`` must be another for each button. The fields
    should be texts: a chat may write numbers anew.
    """
    context = {**fields, EXPIRES: expires, NONCE: nonce}
    return {**context, SIGNATURE: hmac_of(secret, _content(context)).hex()}


def place_of_context_signer(context: Any, secrets: Secrets, at: float) -> int:
    """Return the place of the secret with which a button's context was signed.

    Raises ``Unsigned``, also where its time is over at ``at``, in seconds since 1970.
    """
    if not isinstance(context, dict):
        raise Unsigned("cannot tell whose button this is: it has no context; post a new message")
    given = context.get(SIGNATURE)
    signature = from_hex(given) if isinstance(given, str) else b""
    unsigned = {name: value for name, value in context.items() if name != SIGNATURE}
    place = place_of_signer(secrets, [signature], _content(unsigned), "the button's signature")
    expires, nonce = context.get(EXPIRES), context.get(NONCE)
    # A number of more digits is no time, and too large to reckon with.
    if not isinstance(expires, int) or abs(expires) >= 10**11:
        raise Unsigned(f"cannot use this button: {EXPIRES} is no time; post a new message")
    if not isinstance(nonce, str) or not nonce:
        raise Unsigned(f"cannot use this button: {NONCE} is no text; post a new message")
    require_fresh(expires, at, "the button's time", window=0, ahead=LONGEST_SECONDS)
    return place


def _content(context: Mapping[str, Any]) -> bytes:
    return PURPOSE + json.dumps(context, sort_keys=True, separators=(",", ":")).encode()
