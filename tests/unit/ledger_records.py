"""Jobs as they are created in the ledger, and claims of their steps, for tests."""

import json

from workflows.celery_workers import celery_worker_seen
from workflows.ledger.claims import Lease


def record(
    job="j1",
    *,
    cluster="prod",
    hosts=("n1",),
    digest=None,
    steps=2,
    on_failure="stop",
    basis=0,
    ahead="",
    **more,
):
    names = [f"step_{i}" for i in range(steps)]
    plan = {
        "digest": "sha256:0",
        "findings": [],
        "quorum_before": None,
        "quorum_after": None,
        "steps": [{"title": name, "hosts": list(hosts)} for name in names],
    }
    node = {"role": "control-plane", "channel": "1.32/stable", "labels": {}, "taints": []}
    return {
        "id": job,
        "cluster": cluster,
        "kind": "create-cluster",
        "params": "{}",
        "plan": json.dumps(plan),
        "digest": digest or job,
        "reason": "",
        "on_failure": on_failure,
        "accept": "[]",
        "lock": "exclusive",
        "pinned": False,
        "basis": basis,
        "ahead": ahead,
        "reserves": json.dumps(hosts),
        "coming": json.dumps(dict.fromkeys(hosts, node)),
        "founds": "dev",
        "site": "default",
        "step_names": names,
        **more,
    }


def add(ledger, job="j1", *, cluster="prod", **more):
    """Create a job that was planned with the cluster as it is now.

    One that comes behind others takes no hosts unless it names them.
    """
    celery_worker_seen(ledger.redis, "w1")
    ahead = ledger.ahead(cluster)
    if ahead and "hosts" not in more:
        more = {"reserves": "[]", "coming": "{}"} | more
    basis = ledger.revision(cluster)
    job_record = record(job, cluster=cluster, basis=basis, ahead=" ".join(ahead), **more)
    return ledger.create(job_record)


def claim(ledger, index, *, job="j1", token="t", epoch=1):  # noqa: S107  # a fencing token, no secret
    lease = Lease(job, index, token)
    return lease, ledger.claim(lease, epoch=epoch, owner="test").answer


def run(ledger, index, **more):
    lease, answer = claim(ledger, index, **more)
    assert answer in {"run", "undo"}
    assert ledger.done(lease, {})


def fail(ledger, index, delay=None, **more):
    lease, answer = claim(ledger, index, **more)
    assert answer in {"run", "undo"}
    assert ledger.failed(lease, {"message": "cannot", "advice": ""}, delay)


def expire(ledger, lease):
    ledger.redis.hset(f"cw:job:{lease.job}:step:{lease.index}", "lease", 1)


def events(ledger, job="j1"):
    return [event.type for event in ledger.events(job)]
