"""Which addresses hosts may have: those that this installation's jobs may connect to. Pure."""

import ipaddress
from dataclasses import dataclass

from cluster.node_addresses import unfit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
SETTING = "CLUSTERWRIGHT_ALLOWED_NETWORKS"
USUAL = "usual"
"""Stands in the setting for every address that other machines can have."""


@dataclass(frozen=True, slots=True)
class AllowedNetworks:
    """The networks that the setting lists."""

    networks: tuple[Network, ...] = ()
    usual: bool = True
    """Whether all but loopback, link-local, multicast, broadcast, reserved and 0.0.0.0/8 belong."""

    @classmethod
    def read(cls, text: str) -> "AllowedNetworks":
        """Read the setting: networks and ``usual``, with commas between; empty is ``usual``.

        Raises ``ValueError``, which names what is no network.
        """
        words = [word.strip() for word in text.split(",") if word.strip()]
        networks = tuple(ipaddress.ip_network(word) for word in words if word != USUAL)
        return cls(networks, usual=USUAL in words or not words)

    def refusal(self, address: str) -> str:
        """Say why no host may have ``address``; or nothing."""
        number = ipaddress.ip_address(address)
        if any(number in network for network in self.networks):
            return ""
        kind = unfit(address)
        if self.usual and not kind:
            return ""
        if kind:
            return f"it is {kind}, which {SETTING} does not list"
        return f"{SETTING} allows {self} only"

    def __str__(self) -> str:
        words = [USUAL] if self.usual else []
        return ",".join([*words, *map(str, self.networks)])


EVERY_USUAL = AllowedNetworks()
"""What holds while the setting lists nothing."""
