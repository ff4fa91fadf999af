"""What one host is, as far as preflight wants to know.

A value that a host cannot tell is ``None`` or empty, never a guess.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy_scripts.fleet.marks import Mark


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
class Route:
    """A way out of a host: to a network, to one address, or the default one."""

    destination: str
    """``default``, a network such as ``10.0.0.0/24``, or an address."""
    device: str = ""
    source: str = ""
    """The address that the host speaks from; empty where the route does not say."""
    metric: int = 0


@dataclass(frozen=True, slots=True)
class Device:
    """A network device that container networks make, and leave behind."""

    name: str
    port: int | None = None
    """The UDP port on which the kernel itself listens for a VXLAN device."""


@dataclass(frozen=True, slots=True)
class HostFacts:
    """All that preflight wants to know of one host."""

    sudo: str = "yes"
    """``yes``, ``missing`` (no such program) or what it answered instead."""
    root_sudo: str = "yes"
    """The same of root itself, for whom MicroK8s' commands call sudo too."""
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
    inodes: int | None = None
    inodes_free: int | None = None
    rotational: bool | None = None
    addresses: tuple[Address, ...] = ()
    routes: tuple[Route, ...] = ()
    """Those that lead somewhere; empty where the host does not tell any."""
    ways: Mapping[str, Route] = field(default_factory=dict)
    """How it reaches each of the other hosts' node addresses."""
    devices: tuple[Device, ...] = ()
    """Of container networks; not asked for where MicroK8s is installed."""
    speeds: Mapping[str, int] = field(default_factory=dict)
    snapd: str = ""
    role: str = "not-installed"
    role_reason: str = ""
    """Why the role is unknown, where it is."""
    channel: str = ""
    ours: bool = False
    """Whether this product installed the MicroK8s that is there."""
    mark: Mark = field(default_factory=Mark)
    channels: Mapping[str, bool] = field(default_factory=dict)
    """What the store offers, if it was asked and answered: a channel, and whether it is open."""
    peers: tuple[str, ...] = ()
    """Addresses of the cluster that its files name."""
    listening: Mapping[str, str] = field(default_factory=dict)
    """``16443/tcp`` to the program behind it, on whatever address; the kernel's has no name."""
    foreign: tuple[str, ...] = ()
    synchronised: bool | None = None
    proxies: Mapping[str, str] = field(default_factory=dict)
    """``http_proxy``, ``https_proxy`` and ``all_proxy``, as far as they are set."""
    no_proxy: tuple[str, ...] = ()
    """The values of ``no_proxy`` and ``NO_PROXY``; programs differ in which one they read."""
    ufw_active: bool = False
    memory_cgroup: bool | None = None
    container: str = ""
    """The kind of container that the host is; empty for a machine."""
    lacks: tuple[str, ...] = ()
    """What a container was not given: ``/dev/kmsg``, ``AppArmor``."""
    modprobe: bool | None = None
    modules: tuple[str, ...] = ()
    """Kernel modules that MicroK8s needs and that are loaded; asked without modprobe only."""
    manage_etc_hosts: str = ""
    """What cloud-init is told of /etc/hosts."""
    resolves: Mapping[str, str] = field(default_factory=dict)
    clock: Clock | None = None

    @property
    def default_route(self) -> Route | None:
        """The way that is taken where no other fits."""
        found = [route for route in self.routes if route.destination == "default"]
        return min(found, key=lambda route: route.metric, default=None)

    def own(self, address: str) -> Address | None:
        """Return the host's address with its interface, or ``None`` where it has no such."""
        return next((own for own in self.addresses if own.address == address), None)
