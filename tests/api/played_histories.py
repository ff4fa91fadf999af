"""What may happen to jobs, played on the real ledger, and what their events add up to."""

import itertools
from collections import Counter, defaultdict

from api_requests import HOST_KEY, change

from cluster.spec import Host
from workflows.ledger.claims import Lease
from workflows.ledger.refusals import Overtaken
from workflows.states import IllegalTransition, StepEvent

ENDS = {*StepEvent} - {"started", "undo-started", "reopened", "deferred", "undo-deferred"}
ERRORS = {
    "transient": {"message": "cannot", "transient": True},
    "permanent": {"message": "cannot", "transient": False},
    "defect": {"message": "cannot", "defect": True},
    "unreachable": {"message": "cannot", "failures": [{"code": "unreachable", "host": "n1"}]},
    "findings": {"message": "cannot", "failures": [{"code": "too-little-memory", "host": "n1"}]},
}


def another(ledger, job, job_id):
    """Ask for the change of a job once more, under another digest, so that it waits."""
    row = ledger.redis.hgetall(f"cw:job:{job}")
    same = ("cluster", "kind", "lock", "params", "plan", "reason", "on_failure", "accept", "site")
    more = {name: row[name] for name in same}
    more |= {"reserves": "[]", "coming": "{}", "founds": "", "pinned": False}
    more |= {"basis": ledger.revision(row["cluster"])}
    more |= {"ahead": " ".join(ledger.ahead(row["cluster"]))}
    names = [step.name for step in ledger.job(job).steps]
    made, _ = ledger.create({"id": job_id, "digest": job_id, "step_names": names, **more})
    return made


class Histories:
    """Plays people and Celery workers, and notes what only they know."""

    def __init__(self, client, ledger, inventory):
        self.client, self.ledger, self.inventory = client, ledger, inventory
        self.numbers = itertools.count()
        self.failures = Counter()

    def clusters(self):
        """Return fresh clusters with a job each; the first has another one that waits."""
        found, names = [], [f"c{next(self.numbers)}" for _ in range(3)]
        for name in names:
            self.inventory.put_host(Host(f"{name}-n", "10.0.0.9", HOST_KEY))
        for name, on_failure in zip(names, ("stop", "stop", "rollback"), strict=True):
            body = change(params={"control_plane": [f"{name}-n"]}, on_failure=on_failure)
            answer = self.client.post(f"/v1/clusters/{name}/changes", json=body)
            assert answer.status_code == 202, answer.text
            found.append(answer.json["id"])
        return [*found, another(self.ledger, found[0], f"{next(self.numbers):032x}")]

    def act(self, what, job):
        """Do one thing to a job, if it can be done to it now."""
        try:
            getattr(self, what)(job)
        except (IllegalTransition, Overtaken):
            return

    def cancel(self, job):
        self.ledger.cancel(job)

    def retry(self, job):
        self.ledger.retry(job)

    def rollback(self, job):
        self.ledger.rollback(job)

    def reconcile(self, _job):
        self.ledger.due()

    def claimed(self, job):
        tail = self.ledger.tail(job)
        if not tail.indexes:
            return None
        lease = Lease(job, tail.indexes[0], f"t{next(self.numbers)}")
        claim = self.ledger.claim(lease, epoch=tail.epoch, owner="test")
        if claim.answer not in {"run", "undo"}:
            return None
        self.writes = claim.work.plan["steps"][lease.index].get("writes", ())
        return lease

    def succeed(self, job, passed=None):
        if lease := self.claimed(job):
            assert self.ledger.done(lease, {}, self.writes, passed)  # of an undo only

    def pass_over(self, job):
        self.succeed(job, StepEvent.UNDO_SKIPPED)

    def interrupt(self, job):
        lease = self.claimed(job)
        if lease and self.ledger.job(job).status == "running":
            self.ledger.cancel(job)
            assert self.ledger.interrupted(lease)

    def fail(self, job, kind="permanent", delay=None):
        if lease := self.claimed(job):
            assert self.ledger.failed(lease, ERRORS[kind], delay)
            step = self.ledger.job(job).steps[lease.index].name
            self.failures[step, kind] += 1

    def fail_for_now(self, job):
        self.fail(job, "unreachable", 0)

    def fail_by_a_defect(self, job):
        self.fail(job, "defect")

    def lose(self, job):
        """Claim a step and never come back."""
        if lease := self.claimed(job):
            self.ledger.redis.hset(f"cw:job:{job}:step:{lease.index}", "lease", 1)


ACTS = [
    *("succeed", "succeed", "succeed", "fail", "fail_for_now", "fail_by_a_defect", "lose", "lose"),
    *("cancel", "interrupt", "retry", "rollback", "rollback", "reconcile", "pass_over"),
]


def truth(ledger):
    """Return what the events of every job add up to."""
    found = defaultdict(Counter)
    for job_id in ledger.redis.zrange("cw:jobs", 0, -1):
        job = ledger.job(job_id)
        found["current"][job.kind, job.status] += 1
        running = set()
        for event in ledger.events(job_id):
            thing, _, what = event.type.partition(".")
            if thing == "job":
                found["entered"][job.kind, event.status] += 1
                continue
            step = job.steps[event.step].name
            if what in {"started", "undo-started"}:
                direction = "undo" if what.startswith("undo") else "apply"
                found["attempts"][step, direction] += 1
                found["ended"][step, "lost"] += event.step in running
                running.add(event.step)
            elif what == "interrupted" and event.step not in running:
                continue  # it waited for its next attempt: no attempt ended
            elif what in ENDS:
                lost = "was lost 5 times" in event.data.get("message", "")
                found["ended"][step, "lost" if lost else what] += 1
                running.discard(event.step)
    return found
