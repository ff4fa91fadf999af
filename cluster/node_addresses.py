"""Which addresses a node can have: those by which other machines reach it. Pure."""

import ipaddress

KINDS = (
    ("0.0.0.0/8", "no host's address"),
    ("127.0.0.0/8", "a loopback address"),
    ("169.254.0.0/16", "a link-local address"),
    ("224.0.0.0/4", "a multicast address"),
    ("255.255.255.255/32", "the broadcast address"),
    ("240.0.0.0/4", "a reserved address"),
)
NETWORKS = tuple((ipaddress.IPv4Network(network), kind) for network, kind in KINDS)


def unfit(address: str) -> str:
    """Say why no node can be reached at ``address``, such as "a loopback address"; or nothing."""
    try:
        number = ipaddress.IPv4Address(address)
    except ValueError:
        return "no IPv4 address"
    return next((kind for network, kind in NETWORKS if number in network), "")
