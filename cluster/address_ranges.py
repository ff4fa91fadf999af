"""Ranges of IPv4 addresses, as MetalLB is given them: ``A-B`` or a network, joined by commas. Pure.

The form is that of MicroK8s' script for the addon; what it lets pass and MetalLB refuses later,
such as a range that ends before it begins, is none here.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_ADDRESSES = 4096
"""Of all ranges together: each of them is asked for before it is given away."""
FROM_TO = re.compile(r"([0-9.]+)-([0-9.]+)", re.ASCII)
NETWORK = re.compile(r"[0-9.]+/[0-9]{1,2}", re.ASCII)


class BadRange(ValueError):
    """A text is no range of addresses; the message is a sentence without its subject."""


@dataclass(frozen=True, slots=True, order=True)
class AddressRange:
    """The addresses from ``first`` to ``last``, both among them."""

    first: ipaddress.IPv4Address
    last: ipaddress.IPv4Address

    def __len__(self) -> int:
        return int(self.last) - int(self.first) + 1

    def __contains__(self, address: object) -> bool:
        return isinstance(address, ipaddress.IPv4Address) and self.first <= address <= self.last

    def __iter__(self) -> Iterator[ipaddress.IPv4Address]:
        return map(ipaddress.IPv4Address, range(int(self.first), int(self.last) + 1))

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def overlaps(self, other: "AddressRange") -> bool:
        """Say whether an address is in both."""
        return self.first <= other.last and other.first <= self.last

    def is_within(self, network: ipaddress.IPv4Network) -> bool:
        """Say whether every address of it is one of the network."""
        return self.first in network and self.last in network


def of_network(network: ipaddress.IPv4Network) -> AddressRange:
    """Return all addresses of a network, its first and its last among them, as MetalLB does."""
    return AddressRange(network.network_address, network.broadcast_address)


def read_ranges(text: str) -> tuple[AddressRange, ...]:
    """Return the ranges that a text names, in its order.

    Raises ``BadRange`` for what is none, for ranges that overlap each other, and for more than
    ``MOST_ADDRESSES`` addresses.
    """
    ranges = tuple(map(_read, text.split(",")))
    for place, one in enumerate(ranges):
        for other in ranges[:place]:
            if one.overlaps(other):
                raise BadRange(f"{other} and {one} overlap")
    count = sum(map(len, ranges))
    if count > MOST_ADDRESSES:
        raise BadRange(f"{text} has {count} addresses, {MOST_ADDRESSES} at most are taken")
    return ranges


def _read(part: str) -> AddressRange:
    try:
        found = _ends(part)
    except ValueError as error:
        raise BadRange(f"{part} is no range of IPv4 addresses: {error}") from None
    if found is None:
        raise BadRange(f"{part or 'nothing'} is no range of IPv4 addresses")
    if found.last < found.first:
        raise BadRange(f"{part} ends before it begins")
    return found


def _ends(part: str) -> AddressRange | None:
    if NETWORK.fullmatch(part):
        # Of 10.0.0.240/24, MetalLB takes all of 10.0.0.0/24.
        return of_network(ipaddress.IPv4Network(part, strict=False))
    if ends := FROM_TO.fullmatch(part):
        return AddressRange(*map(ipaddress.IPv4Address, ends.groups()))
    return None


def without(ranges: Iterable[AddressRange], others: Iterable[AddressRange]) -> list[AddressRange]:
    """Return what is left of ranges without the addresses of others."""
    left = list(ranges)
    for other in others:
        left = [part for one in left for part in _cut(one, other)]
    return left


def _cut(one: AddressRange, other: AddressRange) -> Iterator[AddressRange]:
    if not one.overlaps(other):
        yield one
        return
    if one.first < other.first:
        yield AddressRange(one.first, other.first - 1)
    if other.last < one.last:
        yield AddressRange(other.last + 1, one.last)
