"""What a demo asks for: the shape of its cluster, and the host names that go with it."""

from dataclasses import dataclass
from typing import Any

from cli.errors import CannotStart

CONTROL_PLANES = {"single": 1, "ha": 3, "separated": 3}
WORKERS = {"single": 0, "ha": 0, "separated": 3}
ENVIRONMENTS = {"single": "dev", "ha": "prod", "separated": "prod"}
CLUSTER = "demo"


@dataclass(frozen=True, slots=True)
class DemoWish:
    """One demo's cluster."""

    topology: str
    workers: int
    spare: int = 0
    """Further hosts, which the cluster is not formed of."""
    environment: str = ""
    """What the cluster is for; empty for what is usual with its topology."""

    @classmethod
    def of(cls, topology: str, workers: int | None) -> "DemoWish":
        wanted = WORKERS[topology] if workers is None else workers
        if topology == "separated" and wanted == 0:
            raise CannotStart(
                "cannot form a separated cluster without workers: its control plane nodes are "
                "tainted; say --workers 1 or more, or --topology ha"
            )
        return cls(topology, wanted)

    @property
    def control_planes(self) -> int:
        return CONTROL_PLANES[self.topology]

    @property
    def host_names(self) -> list[str]:
        control = [f"cp-{number}" for number in range(1, self.control_planes + 1)]
        return control + [f"w-{number}" for number in range(1, self.workers + self.spare + 1)]

    def change(self, hosts: list[str]) -> dict[str, Any]:
        """Return the request that forms the cluster out of ``hosts``."""
        count = self.control_planes
        if len(hosts) < count + self.workers:
            raise CannotStart(
                f"cannot form the cluster: it needs {count + self.workers} hosts "
                f"and the lab has {len(hosts)}; start one with more"
            )
        return {
            "kind": "create-cluster",
            "params": {
                "control_plane": hosts[:count],
                "workers": hosts[count : count + self.workers],
                "topology": self.topology,
                "environment": self.environment or ENVIRONMENTS[self.topology],
            },
            "reason": "demo",
        }
