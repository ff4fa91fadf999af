"""What one host is, as far as preflight wants to know.

A value that a host cannot tell is ``None`` or empty, never a guess.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Clock:
    """A host's clock against ours: how far ahead of us it is, at least and at most, in seconds."""

    least: float
    most: float

    def apart(self, other: "Clock") -> float:
        """Return by how many seconds two clocks surely differ."""
        return max(0.0, self.least - other.most, other.least - self.most)


@dataclass(frozen=True, slots=True)
class Address:
    """An IPv4 address that a host has."""

    interface: str
    address: str
    prefix: int
    dynamic: bool = False

    @property
    def network(self) -> ipaddress.IPv4Network:
        return ipaddress.IPv4Network(f"{self.address}/{self.prefix}", strict=False)


@dataclass(frozen=True, slots=True)
class HostFacts:
    """All that preflight wants to know of one host."""

    sudo: str = "yes"
    """``yes``, ``missing`` (no such program) or what it answered instead."""
    python: str = ""
    hostname: str = ""
    hostname_file: str = ""
    machine_id: str = ""
    product_uuid: str = ""
    os: str = ""
    architecture: str = ""
    cpus: int | None = None
    memory: int | None = None
    """Bytes, as are the two sizes of the disk that holds /var/snap."""
    disk_size: int | None = None
    disk_available: int | None = None
    rotational: bool | None = None
    addresses: tuple[Address, ...] = ()
    networks: tuple[str, ...] = ()
    """The destinations of its routes that lead somewhere in particular."""
    default_route: bool | None = None
    speeds: Mapping[str, int] = field(default_factory=dict)
    snapd: str = ""
    role: str = "not-installed"
    channel: str = ""
    peers: tuple[str, ...] = ()
    """Addresses of the cluster that its files name."""
    listening: Mapping[str, str] = field(default_factory=dict)
    """``16443/tcp`` to the program behind it, listeners on loopback left out."""
    foreign: tuple[str, ...] = ()
    synchronised: bool | None = None
    proxy: str = ""
    no_proxy: str = ""
    ufw_active: bool = False
    resolves: Mapping[str, str] = field(default_factory=dict)
    clock: Clock | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
