"""A job of kind ``drill`` in the ledger, with what its steps would have found on hosts."""

from collections.abc import Iterable, Sequence
from typing import Any

from kind_worlds import HOST_KEY

from cluster.spec import Host
from workflows.celery_workers import celery_worker_seen
from workflows.inventory import Inventory
from workflows.ledger.claims import Lease
from workflows.ledger.ledger import Ledger
from workflows.plan import Change
from workflows.replanning import replan
from workflows.submit import submit

MEMBERS = ("n1", "n2", "n3")
ROLES = dict.fromkeys(MEMBERS, "voter")
FOUND: dict[str, dict[str, Any]] = {
    "stop_for_drill": {
        "host": "n2",
        "target": "node",
        "at": 1000.0,
        "node": "n2",
        "leader": "n1",
        "roles": ROLES,
        "voters": 3,
        "pods": {"on_node": 1, "elsewhere": 2},
    },
    "watch_drill": {
        "observers": ["n1", "n3"],
        "seconds": 60,
        "log": [
            {"begins": 0.0, "ends": 10.0, "probes": 8, "silent": ["n3"]},
            {"begins": 11.0, "ends": 60.0, "probes": 49, "silent": []},
        ],
        "seen": {"not_ready": 41.0},
        "written": 600,
    },
    "start_after_drill": {"ready_at": 1100.0, "back_seconds": 40.0, "kept": 600},
    "judge_drill": {
        "passed": False,
        "criteria": [{"name": "data", "is_met": False, "says": "write <600> is gone"}],
        "roles": ROLES,
        "leader": "n1",
        "findings": [],
    },
}
"""The outputs of the steps of a drill that is not passed, by their names."""


def cluster_formed(
    ledger: Ledger, inventory: Inventory, *, name: str = "lab", workers: Sequence[str] = ()
) -> None:
    """Have a cluster of three control plane nodes, and these workers."""
    for place, host in enumerate((*MEMBERS, *workers), start=1):
        inventory.put_host(Host(host, f"10.20.0.{place}", HOST_KEY, zone="a"))
    celery_worker_seen(ledger.redis, "w1")
    wish = {"control_plane": list(MEMBERS), "channel": "1.32/stable", "environment": "dev"}
    wish |= {"workers": list(workers)}
    formed = submit(ledger, inventory, Change(name, "create-cluster", wish)).job.id
    carried_out(ledger, inventory, formed)


def drill_begun(ledger: Ledger, inventory: Inventory) -> str:
    """Have a drill of n2 asked for, of which only the first look is over; return its job's id."""
    cluster_formed(ledger, inventory)
    return drill_again(ledger, inventory)


def drill_again(ledger: Ledger, inventory: Inventory) -> str:
    """The same once more, of the cluster that there is."""
    params = {"target": None, "node": "n2", "seconds": 60}
    job = submit(ledger, inventory, Change("lab", "drill", params)).job.id
    carried_out(ledger, inventory, job, ["observe"])
    return job


def carried_out(
    ledger: Ledger,
    inventory: Inventory,
    job: str,
    names: Iterable[str] | None = None,
    observation: dict[str, Any] | None = None,
) -> None:
    """Carry out the steps that are left of a job: all, or those up to the last of these names.

    ``observation`` is what its looks at the cluster see.
    """
    wanted = set(names or ())
    for step in ledger.job(job).steps:
        if step.status == "done":
            wanted.discard(step.name)
            continue
        if names is not None and not wanted:
            return
        lease = Lease(job, step.index, f"token-{step.index}")
        _carry_out(ledger, inventory, lease, step.name, observation)
        wanted.discard(step.name)


def _carry_out(
    ledger: Ledger,
    inventory: Inventory,
    lease: Lease,
    name: str,
    observation: dict[str, Any] | None,
) -> None:
    epoch = ledger.job(lease.job).epoch
    claim = ledger.claim(lease, epoch=epoch, owner="w1@lab")
    if claim.answer == "moved":
        assert replan(ledger, inventory, lease.job)
        claim = ledger.claim(lease, epoch=epoch, owner="w1@lab")
    assert claim.work is not None, claim.answer
    writes = claim.work.plan["steps"][lease.index].get("writes", ())
    if observation and name == "observe":
        assert ledger.observe(lease, observation)
    assert ledger.done(lease, FOUND.get(name, {}), writes)
