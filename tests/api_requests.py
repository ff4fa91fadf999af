"""What the tests of the API ask for, and who carries it out in place of a Celery worker."""

from dataclasses import dataclass, field
from typing import Any

from workflows.inventory import Inventory
from workflows.ledger.claims import Lease
from workflows.ledger.ledger import Ledger
from workflows.replanning import replan

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
CHANGES = "/v1/clusters/prod/changes"
PLANS = "/v1/clusters/prod/plans"


def change(**fields: Any) -> dict[str, Any]:
    """Return a request that creates a cluster of one host."""
    params = {"control_plane": ["n1"]} | fields.pop("params", {})
    return {"kind": "create-cluster", "params": params} | fields


def stored(redis: Any) -> dict[str, bytes]:
    """Return all that Redis holds, so that nothing can be stored unseen.

    But not what plans were, when a token was last used, and how often somebody has asked.
    """
    passing = ("cw:plan:", "cw:tokens:used", "cw:asked:")
    return {key: redis.dump(key) for key in redis.keys("*") if not key.startswith(passing)}


@dataclass
class Steps:
    """Plays the Celery worker: takes a job's steps and ends them."""

    ledger: Ledger
    job: str
    leases: dict[int, Lease] = field(default_factory=dict)
    writes: dict[int, Any] = field(default_factory=dict)

    def begin(self, index: int = 0) -> None:
        lease = Lease(self.job, index, f"token-{index}")
        epoch = self.ledger.job(self.job).epoch
        claim = self.ledger.claim(lease, epoch=epoch, owner="test")
        if claim.answer == "moved":  # what the plan rests on is another by now
            replan(self.ledger, Inventory(self.ledger.redis), self.job)
            claim = self.ledger.claim(lease, epoch=epoch, owner="test")
        assert claim.answer in {"run", "undo"}, claim.answer
        self.leases[index] = lease
        self.writes[index] = claim.work.plan["steps"][index].get("writes", ())

    def end(self, index: int = 0) -> None:
        assert self.ledger.done(self.leases[index], {}, self.writes[index])

    def fail(self, index: int = 0) -> None:
        error = {"message": "cannot do it: no", "advice": "mend it", "transient": False}
        assert self.ledger.failed(self.leases[index], error, None)

    def observe(self, observation: dict[str, Any], index: int = 0) -> None:
        assert self.ledger.observe(self.leases[index], observation)

    def finish(self) -> None:
        """Carry out everything that is left."""
        for step in self.ledger.job(self.job).steps:
            self.begin(step.index)
            self.end(step.index)
