"""Which addresses a receiver may have: public ones, and networks that the operator lists; pure."""

import ipaddress
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
SETTING = "CLUSTERWRIGHT_RECEIVER_NETWORKS"
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""The network of IPv6 whose last 32 bits are an address of IPv4."""
REFUSED = tuple(map(ipaddress.IPv6Network, ("::/96", "64:ff9b:1::/48", "2001::/32", "fec0::/10")))
"""Site-local, and what stands for an address of IPv4 in ways that nobody uses any more, or that
each network has for itself."""
METADATA = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "168.63.129.16/32")))
"""Addresses beside the private ones under which clouds answer their machines: those that are kept
for protocols (Oracle's 192.0.0.192 is one of them), and that of Azure."""


def may_be_reached(address: Address, listed: Sequence[Network]) -> bool:
    """Say whether a receiver may have this address.

    An address of IPv6 that stands for one of IPv4 counts as that.
    """
    if any(address in network for network in listed):
        return True
    inner = standing_for(address)
    if inner is not None:
        return any(inner in network for network in listed) or _is_public(inner)
    return _is_public(address)


def standing_for(address: Address) -> ipaddress.IPv4Address | None:
    """Return the address of IPv4 that one of IPv6 stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and any(address in each for each in REFUSED):
        return False
    if isinstance(address, ipaddress.IPv4Address) and any(address in each for each in METADATA):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
