"""What preflight has to say about a host's addresses and routes. Pure."""

import ipaddress
from collections.abc import Iterator

from cluster.findings import Finding
from cluster.node_addresses import unfit
from deploy_scripts.checks.host_facts import Address, HostFacts
from deploy_scripts.checks.intent import CLUSTERED, Intent
from deploy_scripts.checks.policy import Policy
from deploy_scripts.checks.proxy_rules import PODS, SERVICES
from deploy_scripts.checks.verdicts import MOST_NAMED, listed, refuse, warn

CLUSTER_NETWORKS = tuple(map(ipaddress.IPv4Network, (PODS, SERVICES)))


def judge_addresses(
    name: str, facts: HostFacts, policy: Policy, intent: Intent
) -> Iterator[Finding]:
    """Yield what is wrong with the node address, and with the ways from it."""
    address = intent.addresses[name]
    if facts.routes and facts.default_route is None:
        yield refuse(
            name,
            "no-default-route",
            f"{name} has no default route, and MicroK8s finds its address by that",
            f"add one on {name}; a host without internet may use a dummy route",
            acceptable=True,
        )
    yield from _overlap(name, facts)
    if why := unfit(address):
        yield refuse(
            name,
            "node-address-unusable",
            f"the node address {address} of {name} is {why}, at which no other node reaches it",
            f"correct the node_address of {name} in the inventory",
            measured=address,
        )
        return
    own = facts.own(address)
    if own is None:
        if facts.addresses:
            has = listed([a.address for a in facts.addresses if a.interface != "lo"])
            yield refuse(
                name,
                "address-missing",
                f"{name} does not have its node address {address}; it has {has or 'none'}",
                f"correct the node_address of {name} in the inventory",
                measured=has,
                needed=address,
            )
        return
    yield from _link(name, facts, policy, own)
    if facts.role not in CLUSTERED:
        yield from _default_elsewhere(name, facts, own)
        yield from _sources(name, facts, intent)


def _link(name: str, facts: HostFacts, policy: Policy, own: Address) -> Iterator[Finding]:
    if own.dynamic:
        yield warn(
            name,
            "address-dynamic",
            f"{name}'s address {own.address} is lent by DHCP, and a node must never change its "
            "address",
            f"give {name} a fixed address, or reserve this one for it",
        )
    speed = facts.speeds.get(own.interface)
    if speed is not None and speed < policy.link:
        yield warn(
            name,
            "link-slow",
            f"{name}'s link {own.interface} runs at {speed} Mbit/s; {policy.link} are recommended",
            "use a faster link",
            measured=speed,
            needed=policy.link,
        )


def _default_elsewhere(name: str, facts: HostFacts, own: Address) -> Iterator[Finding]:
    """Two networks: whatever takes its address from the default route takes the other one."""
    default = facts.default_route
    if default is None or default.device in ("", own.interface):
        return
    other = next((a.address for a in facts.addresses if a.interface == default.device), "")
    yield warn(
        name,
        "default-route-elsewhere",
        f"{name} has its node address {own.address} on {own.interface} and its default route on "
        f"{default.device}{f' ({other})' if other else ''}",
        f"the nodes meet at {own.address}, and MicroK8s is told so when it is installed; if they "
        f"should meet on {default.device}, correct the node_address of {name} in the inventory",
        measured=default.device,
        needed=own.interface,
    )


def _sources(name: str, facts: HostFacts, intent: Intent) -> Iterator[Finding]:
    """A joining node is who the seed sees: the address that it speaks from."""
    address = intent.addresses[name]
    others = {peer: facts.ways.get(intent.addresses[peer]) for peer in intent.roles if peer != name}
    wrong = {
        peer: way
        for peer, way in others.items()
        if way and way.source and way.source != address and way.device != "lo"
    }
    seed = intent.seed
    if seed in wrong:
        there, source, device = intent.addresses[seed], wrong[seed].source, wrong[seed].device
        yield refuse(
            name,
            "source-address",
            f"{name} speaks to {seed} ({there}) from {source}, and not from its node address "
            f"{address}: it would join as {source}",
            f"set the node_address of {name} to {source} in the inventory, or give its route to "
            f"{there} this source on {name}: ip route replace {there} dev {device or 'DEVICE'} "
            f"src {address}",
            measured=source,
            needed=address,
        )
    elif wrong:
        differences = ", ".join(f"to {peer} from {way.source}" for peer, way in wrong.items())
        yield warn(
            name,
            "source-address-differs",
            f"{name} has the node address {address}, and speaks {differences}",
            f"give the routes on {name} the source {address} (ip route replace ... src {address}), "
            f"or correct the node_address of {name} in the inventory",
            measured={peer: way.source for peer, way in wrong.items()},
            needed=address,
        )


def _overlap(name: str, facts: HostFacts) -> Iterator[Finding]:
    """A network of the host's own where pods or services will be; not MicroK8s' own routes."""
    if facts.role != "not-installed":
        return
    # What a container network has left behind is told with its devices.
    left = {device.name for device in facts.devices}
    networks = {
        ipaddress.IPv4Network(route.destination, strict=False)
        for route in facts.routes
        if route.destination != "default" and route.device not in left
    }
    networks |= {own.network for own in facts.addresses if own.interface not in left}
    # Half of the internet is a VPN's way of being the default route.
    narrow = (network for network in networks if network.prefixlen >= 8)
    taken = sorted(str(n) for n in narrow if any(n.overlaps(ours) for ours in CLUSTER_NETWORKS))
    if taken:
        yield refuse(
            name,
            "network-overlap",
            f"{name} uses {listed(taken)}, where MicroK8s puts pods ({PODS}) and services "
            f"({SERVICES})",
            "renumber that network, or give MicroK8s others by a launch configuration",
            acceptable=True,
            measured=taken[:MOST_NAMED],
        )
