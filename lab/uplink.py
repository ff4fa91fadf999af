"""The interface with the default route, where it is not the one in the lab's own network.

``nat``         as Vagrant makes it: each host is alone behind a router of its own, and all of them
                have the same address.
``management``  a second network that all hosts share, with addresses that differ.

Either way it is eth0, plugged in first, and the lab's network, without a default route, is eth1.
"""

from __future__ import annotations

import os

from lab import namespaces
from lab.ip_command import ip_batch, unplug_port
from lab.spec import HostSpec

NAT_ADDRESS, NAT_GATEWAY = "10.0.2.15", "10.0.2.2"
MANAGEMENT_GATEWAY = "192.168.121.1"
_NAT_MAC, _NAT_GATEWAY_MAC = "02:4e:00:00:00:0f", "02:4e:00:00:00:02"
_MANAGEMENT_GATEWAY_MAC = "02:4d:00:00:00:00"


class Uplinks:
    """The uplinks of a lab's hosts; in a lab with one network there are none."""

    def __init__(self, networks: str) -> None:
        self._networks = networks
        self._routers: dict[str, int] = {}

    def make(self) -> None:
        """Make what hosts share: the management network's bridge, whose address is the gateway."""
        if self._networks == "management":
            ip_batch(
                f"link add br1 address {_MANAGEMENT_GATEWAY_MAC} type bridge",
                f"address add {MANAGEMENT_GATEWAY}/24 dev br1",
                "link set br1 up",
            )

    def plug_in(self, host: HostSpec, pid: int) -> None:
        """Give a host, named by a process in its network namespace, its eth0."""
        if self._networks == "nat":
            router = self._routers[host.name] = namespaces.new_network()
            with namespaces.in_network(router):
                ip_batch(
                    f"link add lan type veth peer name eth0 address {_NAT_MAC} netns {pid}",
                    f"link set lan address {_NAT_GATEWAY_MAC}",
                    f"address add {NAT_GATEWAY}/24 dev lan",
                    "link set lan up",
                    f"neighbour replace {NAT_ADDRESS} lladdr {_NAT_MAC} dev lan nud permanent",
                )
        elif self._networks == "management":
            mac = _management_mac(host)
            ip_batch(
                f"link add {host.management_port} type veth peer name eth0 address {mac} "
                f"netns {pid}",
                f"link set {host.management_port} master br1 up",
            )

    def unplug(self, host: HostSpec) -> None:
        """Take a host's eth0 away: a router goes with the last descriptor of its namespace."""
        if host.name in self._routers:
            os.close(self._routers.pop(host.name))
        elif self._networks == "management":
            unplug_port(host.management_port)


def inside_batch(host: HostSpec, networks: str) -> str:
    """The commands for ``ip -batch`` by which a host sets its eth0 up."""
    if networks == "nat":
        address, gateway, mac = NAT_ADDRESS, NAT_GATEWAY, _NAT_GATEWAY_MAC
    else:
        address, gateway = management_address(host), MANAGEMENT_GATEWAY
        mac = _MANAGEMENT_GATEWAY_MAC
    return (
        f"address add {address}/24 dev eth0\n"
        "link set eth0 up\n"
        f"neighbour replace {gateway} lladdr {mac} dev eth0 nud permanent\n"
        f"route add default via {gateway}\n"
    )


def management_address(host: HostSpec) -> str:
    """The address of a host in the management network."""
    return f"192.168.121.{10 + host.index}"


def _management_mac(host: HostSpec) -> str:
    return f"02:4d:00:00:00:{host.index:02x}"
