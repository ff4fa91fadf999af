"""The description of one lab, written by whoever starts it and read by its supervisor."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from lab.setup import Setup

SSH_PORT = 22
OUTSIDE_PORT = 2222
OUTSIDE_NETWORKS = ("127.0.64.0/18", "127.0.128.0/17")
"""Where hosts of a lab answer SSH outside of it: on loopback, and never at 127.0.0.1."""
HOST_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
GATEWAY = "10.79.0.1"


@dataclasses.dataclass(frozen=True, slots=True)
class HostSpec:
    """One simulated host: its name, its two addresses and the hardware that it claims to have."""

    name: str
    index: int
    outside: str
    cpus: int
    memory_gib: int

    @property
    def address(self) -> str:
        """The address of the host in the lab's own network."""
        return f"10.79.0.{10 + self.index}"

    @property
    def port(self) -> str:
        """The name of the host's port on the lab's bridge."""
        return f"v{self.index}"

    @property
    def management_port(self) -> str:
        """The name of its port on the management network's bridge, in labs that have one."""
        return f"m{self.index}"


@dataclasses.dataclass(frozen=True, slots=True)
class LabSpec:
    """One lab: everything that its supervisor must know before it enters the namespaces."""

    name: str
    hosts: tuple[HostSpec, ...]
    state: str
    python: str
    python_home: str | None
    durations: str
    dqlite: str
    ssh: str
    uid_map: str
    disk_gib: int
    setup: Setup
    public_key: str
    listener_fds: tuple[int, ...]
    plug_fds: tuple[int, ...]
    # The plan of a shown snap's parts (snap_dir.plan), or nothing.
    snap: dict[str, Any] | None = None

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> LabSpec:
        fields: dict[str, Any] = json.loads(text)
        fields["hosts"] = tuple(HostSpec(**host) for host in fields["hosts"])
        fields["setup"] = Setup(**fields["setup"])
        fields["listener_fds"] = tuple(fields["listener_fds"])
        fields["plug_fds"] = tuple(fields["plug_fds"])
        return cls(**fields)

    def host_json(self, host: HostSpec) -> dict[str, Any]:
        """The facts that the emulator reads from /lab/host.json inside the host."""
        return {
            "name": host.name,
            "address": host.address,
            "lab": self.name,
            "dqlite": self.dqlite,
            "durations": self.durations,
            "python": self.python,
            "channels": None,
            "snap": self.snap,
        }
