"""What the approval policy says of a change, and the approval by somebody else than who asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis

from cluster.spec import Environment
from workflows.access import NOBODY, Principal
from workflows.approval_policies import load_policy
from workflows.approval_policy import ApprovalPolicy, Asks
from workflows.approvers import other_approvers
from workflows.inventory import Inventory
from workflows.jobs import Job
from workflows.kinds import kind_of
from workflows.ledger.ledger import Ledger
from workflows.permits import environment_of, environment_of_job
from workflows.plan import Change, Plan


@dataclass(frozen=True, slots=True)
class Approval:
    """Within how many hours somebody has to approve a change (0: nobody has to), and why."""

    within: int = 0
    why: str = ""
    """What the policy says; empty where the request itself asks for an approval, or nobody does."""

    def as_dict(self) -> Mapping[str, Any]:
        return {"within": self.within, "why": self.why}


def approval_of(
    client: redis.Redis,
    change: Change,
    environment: Environment | None,
    by: Principal,
    policy: ApprovalPolicy,
) -> Approval:
    """Return whether somebody has to approve a change: because it says so, or the policy does.

    The shorter time counts. The product itself needs nobody. Under the policy's ``others`` nobody
    is asked where nobody but ``by`` may approve, so that who is alone is not locked out.
    ``policy`` is the one in force.
    """
    asked = Approval(change.approve_within)
    why = policy.why(kind_of(change.kind), environment)
    if not why or not by.id:
        return asked
    if policy.asks is Asks.OTHERS and not other_approvers(client, by, change.cluster, environment):
        return asked
    return Approval(min(change.approve_within or policy.within, policy.within), why)


def approval_of_plan(inventory: Inventory, change: Change, plan: Plan, by: Principal) -> Approval:
    """Return the same of a change that was planned."""
    environment = plan.founds or environment_of(inventory, change.cluster)
    return approval_of(
        inventory.redis, change, environment, by, load_policy(inventory.redis).policy
    )


def is_alone(ledger: Ledger, inventory: Inventory, job: Job, by: Principal) -> bool:
    """Whether somebody may approve what they have asked for, as nobody else may approve it.

    Never where the policy asks always.
    """
    if load_policy(ledger.redis).policy.asks is Asks.ALWAYS:
        return False
    environment = environment_of_job(inventory, job)
    return not other_approvers(ledger.redis, by, job.cluster, environment)


def approve(
    ledger: Ledger,
    inventory: Inventory,
    job_id: str,
    digest: str | None = None,
    by: Principal = NOBODY,
) -> Job:
    """Agree to a job's very plan; raises as ``Ledger.approve`` does.

    That is ``FourEyes`` for who has asked for the job, unless nobody else may approve it.
    """
    job = ledger.job(job_id)
    alone = job.is_asked_by(by) and is_alone(ledger, inventory, job, by)
    return ledger.approve(job_id, digest, by, alone=alone)
