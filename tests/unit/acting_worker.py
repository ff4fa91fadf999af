"""Plays the Celery worker on the real ledger: plans, takes and ends the steps of submitted jobs."""

from collections.abc import Mapping
from typing import Any

from workflows.access import NOBODY
from workflows.inventory import Inventory
from workflows.kinds import KINDS
from workflows.ledger.claims import Lease
from workflows.ledger.ledger import Ledger
from workflows.plan import Change
from workflows.planner import normalised
from workflows.replanning import replan
from workflows.submit import submit

ERROR = {"message": "cannot reach it", "advice": "", "failures": [], "findings": []}


class ActingWorker:
    """Carries jobs out without a host."""

    def __init__(self, ledger: Ledger, inventory: Inventory) -> None:
        self.ledger, self.inventory = ledger, inventory

    def ask(self, kind: str, params: Mapping[str, Any], **more: Any) -> str:
        change = Change("prod", kind, normalised(KINDS[kind], params), **more)
        return submit(self.ledger, self.inventory, change, by=NOBODY).job.id

    def begin(self, job: str) -> tuple[Lease, Mapping[str, Any]]:
        """Take the next step up; return its lease, and the step as it is planned."""
        tail = self.ledger.tail(job)
        lease = Lease(job, tail.indexes[0], f"token-{tail.indexes[0]}")
        claim = self.ledger.claim(lease, epoch=tail.epoch, owner="test")
        if claim.answer == "moved":
            replan(self.ledger, self.inventory, job)
            return self.begin(job)
        assert claim.work, claim.answer
        return lease, claim.work.plan["steps"][lease.index]

    def claim(self, job: str) -> Lease | None:
        """Take the next step up as a Celery worker does; nothing where the job ends before it."""
        tail = self.ledger.tail(job)
        lease = Lease(job, tail.indexes[0], "token")
        if self.ledger.claim(lease, epoch=tail.epoch, owner="test").answer == "moved":
            replan(self.ledger, self.inventory, job)
        claim = self.ledger.claim(lease, epoch=tail.epoch, owner="test")
        return lease if claim.work else None

    def do(self, job: str, *, until: str = "") -> None:
        """Carry steps out, to the end or until the first of that name."""
        while indexes := self.ledger.tail(job).indexes:
            if until and self.ledger.job(job).steps[indexes[0]].name == until:
                return
            lease, step = self.begin(job)
            assert self.ledger.done(lease, {}, step["writes"])

    def fail(self, job: str, at: str, *, done: tuple[str, ...] = ()) -> None:
        """Carry steps out until the first of a name, which fails for good; some hosts are done."""
        self.do(job, until=at)
        lease, step = self.begin(job)
        for host in step["hosts"]:
            status = "done" if host in done else "failed"
            assert self.ledger.host(lease, host, {"status": status})
        assert self.ledger.failed(lease, ERROR, None)
