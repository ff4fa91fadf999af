"""Hosts, clusters and jobs as a lab would have left them, written by the real ledger."""

from dataclasses import dataclass, field
from typing import Any

from cluster.spec import Host
from workflows.celery_workers import celery_worker_seen
from workflows.inventory import Inventory
from workflows.ledger.claims import Lease
from workflows.ledger.ledger import Ledger
from workflows.plan import Change
from workflows.submit import submit

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
VERSION = "v1.32.9"
GIB = 2**30


@dataclass
class Worker:
    """Plays the Celery worker: takes a job's steps, reports on their hosts, and ends them."""

    ledger: Ledger
    job: str
    leases: dict[int, Lease] = field(default_factory=dict)
    writes: dict[int, Any] = field(default_factory=dict)

    @property
    def steps(self) -> tuple[Any, ...]:
        return self.ledger.job(self.job).steps

    def begin(self, index: int) -> None:
        claimed = len(self.leases)
        lease = Lease(self.job, index, f"token-{index}-{claimed}")
        epoch = self.ledger.job(self.job).epoch
        claim = self.ledger.claim(lease, epoch=epoch, owner="w1@lab")
        assert claim.answer in {"run", "undo"}
        self.writes[index] = claim.work.plan["steps"][index].get("writes", ())
        self.leases[index] = lease

    def report(self, index: int, host: str, status: str, **fields: Any) -> None:
        row = {"status": status, "operation": "", "detail": "", "seconds": 0.4, "attempt": 1}
        assert self.ledger.host(self.leases[index], host, row | fields)

    def observe(self, index: int, observation: dict[str, Any]) -> None:
        assert self.ledger.observe(self.leases[index], observation)

    def end(self, index: int, output: dict[str, Any] | None = None) -> None:
        assert self.ledger.done(self.leases[index], output or {}, self.writes[index])

    def fail(self, index: int, error: dict[str, Any], delay: float | None = None) -> None:
        assert self.ledger.failed(self.leases[index], error, delay)

    def carry_out(self, index: int, output: dict[str, Any] | None = None) -> None:
        """Do one step from its beginning to its end, on all of its hosts."""
        self.begin(index)
        for host in self.steps[index].planned_hosts:
            self.report(index, host, "running", operation=self.steps[index].title)
        for host in self.steps[index].planned_hosts:
            fields = {"operation": self.steps[index].title, "detail": _survey_word(host, output)}
            self.report(index, host, "done", **fields)
        self.end(index, output)

    def finish(self, observation: dict[str, Any] | None = None) -> None:
        """Carry out everything that is left; the last step observes the cluster."""
        rest = [step for step in self.steps if str(step.status) != "done"]
        for step in rest:
            if step.name == "preflight":
                self.carry_out(step.index, surveyed(step.planned_hosts))
            elif step is rest[-1] and observation:
                self.begin(step.index)
                for host in step.planned_hosts:
                    self.report(step.index, host, "done", operation=step.title)
                self.observe(step.index, observation)
                self.end(step.index)
            else:
                self.carry_out(step.index)


def put_hosts(
    inventory: Inventory, count: int, *, prefix: str = "n", first: int = 1, net: int = 0
) -> list[str]:
    """Put ``count`` hosts into the inventory, in three zones; return their names."""
    names = [f"{prefix}{number}" for number in range(first, first + count)]
    for place, name in enumerate(names):
        zone = f"rack-{place % 3 + 1}"
        inventory.put_host(Host(name, f"10.20.{net}.{place + 11}", HOST_KEY, zone=zone))
    return names


def submitted(ledger: Ledger, inventory: Inventory, cluster: str, **wish: Any) -> str:
    """Submit a create-cluster change; return its job's id."""
    reason = wish.pop("reason", "")
    accept = frozenset(wish.pop("accept", ()))
    on_failure = wish.pop("on_failure", "stop")
    change = Change(cluster, "create-cluster", wish, accept, on_failure, reason)
    celery_worker_seen(ledger.redis, "w1")
    return submit(ledger, inventory, change).job.id


def formed(
    ledger: Ledger, inventory: Inventory, cluster: str, *, dead: tuple[str, ...] = (), **wish: Any
) -> str:
    """Have a cluster formed to the end; return the id of the job that did."""
    job = submitted(ledger, inventory, cluster, **wish)
    control_plane, workers = wish["control_plane"], wish.get("workers", [])
    Worker(ledger, job).finish(observed(inventory, control_plane, workers, dead=dead))
    return job


def observed(
    inventory: Inventory,
    control_plane: list[str],
    workers: list[str],
    *,
    dead: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return how a cluster is seen whose ``dead`` hosts do not answer."""
    alive = [name for name in control_plane if name not in dead]
    leader = alive[0] if 2 * len(alive) > min(len(control_plane), 3) else None
    members = [
        {
            "host": name,
            "address": f"{inventory.host(name).address}:19001",
            "id": str(1000 + place),
            "role": "voter" if place < 3 else "stand-by" if place < 6 else "spare",
            "alive": name not in dead,
            "leader": name == leader,
        }
        for place, name in enumerate(control_plane)
    ]
    nodes = [
        {
            "host": name,
            "name": name,
            "address": inventory.host(name).address,
            "role": "control-plane" if name in control_plane else "worker",
            "ready": name not in dead,
            "schedulable": True,
            "version": VERSION,
            "labels": {},
            "taints": [],
        }
        for name in [*control_plane, *workers]
    ]
    return {
        "members": members,
        "nodes": nodes,
        "leader": f"{inventory.host(leader).address}:19001" if leader else "",
        "seen_by": alive[:2],
        "findings": [_dead(inventory, name) for name in dead],
    }


def _dead(inventory: Inventory, name: str) -> dict[str, Any]:
    return finding(
        "dead-member",
        f"{name} is listed as voter but does not answer at {inventory.host(name).address}:19001",
        f"start MicroK8s on {name}, or remove it from the cluster",
        host=name,
    )


def _survey_word(host: str, output: dict[str, Any] | None) -> str:
    """Return what preflight marks a host with that nothing refuses."""
    if not output:
        return ""
    return ", ".join(row["code"] for row in output["findings"] if row["host"] == host) or "fit"


def finding(code: str, message: str, advice: str, **fields: Any) -> dict[str, Any]:
    row = {"code": code, "severity": "refuse", "message": message, "advice": advice}
    rest = {"acceptable": False, "host": None, "field": None, "measured": None, "needed": None}
    return row | rest | fields


def surveyed(names: tuple[str, ...], *findings: dict[str, Any]) -> dict[str, Any]:
    """Return what preflight keeps of hosts."""
    facts = {
        name: {
            "hostname": name,
            "os": "Ubuntu 24.04.2 LTS",
            "architecture": "x86_64",
            "cpus": 4,
            "memory": 8 * GIB,
            "disk_size": 80 * GIB,
            "disk_available": 61 * GIB,
            "link_mbit": 10000,
            "snapd": "2.70",
            "microk8s": "not-installed",
            "channel": "",
        }
        for name in names
    }
    return {"findings": list(findings), "facts": facts, "round_trips_ms": {}}
