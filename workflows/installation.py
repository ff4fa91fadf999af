"""The name that this installation of the product has for itself.

It stands in every note on a host. A ledger that was lost comes back with another name, so what an
earlier one put on hosts is recognised as somebody else's.
"""

import uuid

import redis

KEY = "cw:installation"


def installation_id(client: redis.Redis) -> str:
    """Return the name, which the first to ask draws."""
    known = client.get(KEY)
    if known is None:
        client.set(KEY, uuid.uuid4().hex, nx=True)
        known = client.get(KEY)
    return str(known)
