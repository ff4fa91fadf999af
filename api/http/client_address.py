"""Who has sent a request: the connection's other end, or whom a trusted proxy names."""

from collections.abc import Sequence

from flask import request

from api.backend import backend
from cluster.allowed_networks import Network
from workflows.process.settings import is_address, is_within


def client_address() -> str:
    """Return the address that this request is counted for."""
    forwarded = ",".join(request.headers.getlist("X-Forwarded-For"))
    return named(request.remote_addr or "", forwarded, backend().settings.trusted_proxies)


def named(remote: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Return the last address in the chain that is no trusted proxy.

    Each proxy adds whom it has heard from, so what stands before that may be invented.
    """
    found = remote
    for text in reversed(forwarded.split(",")):
        if not is_within(found, trusted) or not is_address(text.strip()):
            return found
        found = text.strip()
    return found
