"""Every kind goes on from wherever it failed, looks at the cluster as it is then, and ends well."""

import pytest
from acting_worker import ERROR
from going_on import looked, owners, seen_whole

from workflows.inventory import ClusterNotFound
from workflows.kinds import KINDS
from workflows.plan import Needs
from workflows.states import JobStatus
from workflows.writes import as_found

FOUND = {"record": {"nodes": {}, "addons": []}}
"""What a step leaves that finds something for the record, and finds nothing new."""
EXISTING = [kind for kind in KINDS.values() if kind.needs is not Needs.NEW]


def look(ledger, inventory, kind):
    """Let the record say that all of the cluster is well but what the example has as dead."""
    try:
        cluster = inventory.cluster("prod")
    except ClusterNotFound:
        return
    looked(ledger, "prod", seen_whole(cluster, kind.dead))


@pytest.mark.parametrize("kind", EXISTING, ids=lambda kind: kind.name)
def test_each_step_fails_once_and_the_job_does_what_was_planned(kind, worker, ledger, inventory):
    worker.do(worker.ask("create-cluster", dict(kind.given["prod"])))
    look(ledger, inventory, kind)
    job = worker.ask(kind.name, dict(kind.example))
    planned = ledger.job(job).plan["steps"]
    failed = []

    while indexes := ledger.tail(job).indexes:
        lease, step = worker.begin(job)
        look(ledger, inventory, kind)
        if step["name"] == "observe" or indexes[0] in failed:
            assert ledger.done(lease, {}, as_found(step["writes"], FOUND))
        else:
            failed.append(indexes[0])
            assert ledger.failed(lease, ERROR, None)
            while ledger.tail(job).indexes and ledger.job(job).status is JobStatus.CLOSING:
                taken, back = worker.begin(job)
                assert ledger.done(taken, {}, back["writes"])
            ledger.retry(job)

    assert ledger.job(job).status is JobStatus.SUCCEEDED, ledger.job(job).error
    assert len(failed) == len([step for step in planned if step["name"] != "observe"])
    assert ledger.job(job).plan["steps"] == planned
    assert not [host for host, (_, by) in owners(inventory).items() if by]
