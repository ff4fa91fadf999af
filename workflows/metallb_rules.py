"""Which addresses MetalLB may give away, as far as inventory and records tell; pure.

What only the network knows, ``probe_addresses`` asks: the subnet, and who has an address.
"""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any

from marshmallow import Schema, fields

from cluster.addon_names import argument, canonical
from cluster.address_ranges import AddressRange, BadRange, of_network, read_ranges
from cluster.findings import Finding, Severity, refusal
from cluster.names import Addon
from cluster.node_addresses import unfit
from cluster.spec import Cluster
from workflows.plan import Scope

PODS, SERVICES = IPv4Network("10.1.0.0/16"), IPv4Network("10.152.183.0/24")
"""The networks of pods and of services, as MicroK8s is installed with."""
NEAR_BITS = 24
"""An address that shares so many bits with a node's is taken to be of its subnet."""
NAMED = 3
"""So many hosts are told by name."""


def gives_addresses(schema: Schema, params: Mapping[str, Any]) -> bool:
    """Say whether a change enables MetalLB, so that planning has to know who has which address.

    ``params`` are in their JSON form and valid by the schema; its lists of ``Addon`` are looked at.
    """
    return any(
        canonical(addon) == "metallb"
        for name, field in schema.fields.items()
        if isinstance(field, fields.List) and isinstance(field.inner, Addon)
        for addon in params.get(name) or ()
    )


def lent_addresses(
    addons: Sequence[str], cluster: Cluster, scope: Scope, field: str
) -> Iterator[Finding]:
    """Judge the range of MetalLB, where it is among the addons that are to be enabled."""
    for addon in addons:
        if canonical(addon) == "metallb":
            yield from _judge(argument(addon), cluster, scope, field)


def nodes_given_away(names: Sequence[str], cluster: Cluster, scope: Scope) -> Iterator[Finding]:
    """Hosts that are to become nodes, at addresses that the cluster's MetalLB gives away."""
    addresses = {
        scope.hosts[name].node_address or scope.hosts[name].address: name
        for name in names
        if name in scope.hosts
    }
    for addon in cluster.addons:
        if canonical(addon) == "metallb" and (hosts := _within(addresses, _ranges(addon))):
            yield refusal(
                "metallb-range-overlap",
                f"the range of cluster {cluster.name}'s metallb has {', '.join(hosts[:NAMED])}",
                "give the host another node address, or metallb another range with set-addons",
                field="/params",
            )


def _ranges(addon: str) -> tuple[AddressRange, ...]:
    """Return what is recorded that MetalLB gives away; nothing where that is no range."""
    try:
        return read_ranges(argument(addon))
    except BadRange:  # recorded before ranges were read
        return ()


def _judge(text: str, cluster: Cluster, scope: Scope, field: str) -> Iterator[Finding]:
    if not text:
        yield refusal(
            "metallb-without-range",
            "addon metallb asks for its address range at a prompt, and there is nobody to answer",
            "name the range: metallb:10.0.0.200-10.0.0.210",
            field=field,
        )
        return
    try:
        ranges = read_ranges(text)
    except BadRange as error:
        yield _invalid(str(error), field)
        return
    for one in ranges:
        if why := unfit(str(one.first)) or unfit(str(one.last)):
            yield _invalid(f"an end of {one} is {why}", field)
            return
    yield from _taken(ranges, cluster, scope, field)
    yield from _far(ranges, cluster, scope, field)


def _taken(
    ranges: Sequence[AddressRange], cluster: Cluster, scope: Scope, field: str
) -> Iterator[Finding]:
    known = {host.address: name for name, host in scope.hosts.items()}
    known |= {host.node_address: name for name, host in scope.hosts.items() if host.node_address}
    hosts = _within({**scope.addresses, **known}, ranges)
    if hosts:
        more = f" and {len(hosts) - NAMED} more" if len(hosts) > NAMED else ""
        yield refusal(
            "metallb-range-overlap",
            f"the range of metallb has {', '.join(hosts[:NAMED])}{more}",
            "name a range without the addresses of hosts",
            field=field,
        )
    for network, what in ((PODS, "pods"), (SERVICES, "services")):
        for one in ranges:
            if one.overlaps(of_network(network)):
                yield refusal(
                    "metallb-range-overlap",
                    f"the range of metallb has {one}, which overlaps {network}, the network of "
                    f"the cluster's {what}",
                    "name a range of the network in which the nodes stand",
                    field=field,
                )
    for name, text in sorted(scope.lent.items()):
        if name != cluster.name and (both := _common(ranges, text)):
            yield Finding(
                "metallb-range-of-other-cluster",
                Severity.REFUSE,
                f"the range of metallb has {both}, which metallb of cluster {name} gives away "
                f"({text})",
                "name another range; if the two stand in networks that do not meet, accept "
                "metallb-range-of-other-cluster",
                acceptable=True,
                field=field,
            )


def _within(hosts: Mapping[str, str], ranges: Sequence[AddressRange]) -> list[str]:
    found = []
    for text, name in hosts.items():
        address = _address(text)
        if address and any(address in one for one in ranges):
            found.append((address, name))
    return [f"{address} of host {name}" for address, name in sorted(found)]


def _common(ranges: Sequence[AddressRange], text: str) -> AddressRange | None:
    pairs = ((one, other) for one in ranges for other in _ranges(f"metallb:{text}"))
    return next((one for one, other in pairs if one.overlaps(other)), None)


def _far(
    ranges: Sequence[AddressRange], cluster: Cluster, scope: Scope, field: str
) -> Iterator[Finding]:
    """Ranges that look as if they were of no node's subnet, of which the inventory tells none."""
    nodes = [scope.hosts[name] for name in cluster.nodes if name in scope.hosts]
    addresses = [host.node_address or host.address for host in nodes]
    near = [IPv4Network((text, NEAR_BITS), strict=False) for text in addresses if _address(text)]
    for one in ranges:
        if near and not any(one.is_within(network) for network in near):
            yield Finding(
                "metallb-range-elsewhere",
                Severity.WARN,
                f"the range of metallb has {one}, which is in the /{NEAR_BITS} of no node "
                f"({', '.join(sorted(set(addresses))[:NAMED])}): MetalLB answers for addresses of "
                "the nodes' subnet only",
                "nothing if the subnet is larger: a node is asked for it before anything is "
                "enabled",
                field=field,
            )


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def _invalid(why: str, field: str) -> Finding:
    return refusal(
        "metallb-range-invalid",
        f"addon metallb cannot be given this range: {why}",
        "name it as metallb:10.0.0.200-10.0.0.210 or metallb:10.0.0.192/27, several joined by "
        "commas",
        field=field,
    )
