"""Jobs of two steps in the ledger, and how they come to their end."""

import json

from workflows.ledger.claims import Lease

STEPS = ("step_0", "step_1")


def add_job(ledger, job, *, cluster="prod", hosts=(), kind="create-cluster", **more):
    """Create a job that was planned with the cluster as it is now."""
    plan = {
        "digest": "sha256:0",
        "findings": [],
        "quorum_before": None,
        "quorum_after": None,
        "steps": [
            {"title": name, "hosts": list(hosts), "name": name, "args": {}, "guard": None}
            for name in STEPS
        ],
    }
    node = {"role": "control-plane", "channel": "1.32/stable", "labels": {}, "taints": []}
    record = {
        "id": job,
        "cluster": cluster,
        "kind": kind,
        "params": "{}",
        "plan": json.dumps(plan),
        "digest": job,
        "reason": "",
        "on_failure": "stop",
        "accept": "[]",
        "lock": "exclusive",
        "pinned": False,
        "basis": ledger.revision(cluster),
        "ahead": " ".join(ledger.ahead(cluster)),
        "reserves": json.dumps(hosts),
        "coming": json.dumps(dict.fromkeys(hosts, node)),
        "founds": "dev",
        "site": "default",
        "step_names": list(STEPS),
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    }
    assert ledger.create(record | more) == (job, True)


def end_job(ledger, job):
    """Carry out its steps."""
    for index in range(len(STEPS)):
        lease = Lease(job, index, "t")
        claim = ledger.claim(lease, epoch=1, owner="test")
        assert claim.answer == "run", claim
        assert ledger.done(lease, {})
