"""Where a joiner is told to join, as the words after `microk8s join` say it."""

from typing import NamedTuple


class Connection(NamedTuple):
    """Where to join, and with what."""

    address: str
    port: int
    token: str
    fingerprint: str
