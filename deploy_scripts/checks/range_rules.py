"""Whether MetalLB may give addresses away, by what a node of the cluster sees of them. Pure."""

from collections.abc import Collection, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network

from cluster.address_ranges import AddressRange
from cluster.findings import Finding, Severity
from deploy_scripts.checks.probe_addresses_fact import SeenAddresses

MOST_BITS = 30
"""A subnet of more bits has no address of its own and none for all."""
NAMED = 5
"""So many addresses are told."""


def judge_ranges(
    host: str, node_address: str, ranges: Sequence[AddressRange], seen: SeenAddresses
) -> Iterator[Finding]:
    """Judge the ranges that are to be given away, as ``host`` saw them."""
    yield from _answered(host, ranges, seen)
    yield from _subnet(host, IPv4Address(node_address), ranges, seen)


def _answered(host: str, ranges: Sequence[AddressRange], seen: SeenAddresses) -> Iterator[Finding]:
    count = sum(map(len, ranges))
    if seen.asked == 0 and count:
        yield Finding(
            "metallb-range-not-probed",
            Severity.WARN,
            f"{host} has no python3, or may not send raw packets, so nobody asked whether the "
            f"{count} addresses for metallb are free",
            f"ask for them by hand: arping -c 2 ADDRESS on {host}",
            host=host,
        )
    # What was not asked for is no answer.
    taken = {
        address: hardware
        for address, hardware in sorted(seen.answers.items())
        if any(address in one for one in ranges)
    }
    if taken:
        named = [f"{a} ({hardware or 'echo'})" for a, hardware in list(taken.items())[:NAMED]]
        more = f" and {len(taken) - NAMED} more" if len(taken) > NAMED else ""
        yield Finding(
            "metallb-address-in-use",
            Severity.REFUSE,
            f"{len(taken)} of {count} addresses for metallb {_are(taken)} in use, as {host} sees "
            f"it: {', '.join(named)}{more}",
            "name a range without them, outside what DHCP lends; or find out who has them: ip "
            "neigh",
            acceptable=True,
            host=host,
            measured=len(taken),
            needed=0,
        )


def _subnet(
    host: str, node_address: IPv4Address, ranges: Sequence[AddressRange], seen: SeenAddresses
) -> Iterator[Finding]:
    own = next((one for one in seen.networks if one.ip == node_address), None)
    if own is None:
        if seen.asked:
            yield Finding(
                "metallb-subnet-unknown",
                Severity.WARN,
                f"{host} does not tell the subnet of its node address {node_address}, so nobody "
                "knows whether the addresses for metallb are of it",
                f"look with ip -4 address on {host}",
                host=host,
            )
        return
    outside = [one for one in ranges if not one.is_within(own.network)]
    if outside:
        yield Finding(
            "metallb-range-outside-subnet",
            Severity.REFUSE,
            f"{', '.join(map(str, outside[:NAMED]))} for metallb is not in {own.network}, the "
            f"subnet of the nodes, as {host} has it: nobody would be answered there",
            f"name a range of {own.network}; if routers lead those addresses to the nodes, accept "
            "metallb-range-outside-subnet",
            acceptable=True,
            host=host,
        )
    else:
        yield from _of_no_host(host, own.network, ranges)


def _of_no_host(
    host: str, network: IPv4Network, ranges: Sequence[AddressRange]
) -> Iterator[Finding]:
    """Yield the two addresses of the subnet that no machine may have: nobody answers a probe."""
    if network.prefixlen > MOST_BITS:
        return
    ends = {"network": network.network_address, "broadcast": network.broadcast_address}
    for what, address in ends.items():
        if any(address in one for one in ranges):
            yield Finding(
                "metallb-range-outside-subnet",
                Severity.REFUSE,
                f"{address} for metallb is the {what} address of {network}, the subnet of the "
                f"nodes, as {host} has it: a service that is given it is not reached",
                f"name a range without {address}",
                acceptable=True,
                host=host,
            )


def _are(things: Collection[object]) -> str:
    return "is" if len(things) == 1 else "are"
