"""An upgrade that fails and goes on refreshes each node once at each leg, whoever leads by then."""

import pytest
from acting_worker import ERROR, ActingWorker
from going_on import looked, seen_whole

from workflows.states import JobStatus

FORMED = {"control_plane": ["n1", "n2", "n3"], "workers": ["n4"]}
RUNS = {"1.32/stable": "v1.32.3", "1.33/stable": "v1.33.1", "1.34/stable": "v1.34.2"}


def look(ledger, inventory, leader):
    """Let the record say that all is well, in the versions that it names, and who leads."""
    cluster = inventory.cluster("prod")
    told = seen_whole(cluster)
    for row in told["members"]:
        row["leader"] = row["host"] == leader
    for row in told["nodes"]:
        row["version"] = RUNS[cluster.nodes[row["host"]].channel]
    looked(ledger, "prod", told)


@pytest.mark.parametrize("target", ["1.33/stable", "1.34/stable"])
def test_each_node_is_refreshed_once_at_each_leg_although_each_refresh_fails_and_the_leader_moves(
    ledger, inventory, target
):
    worker = ActingWorker(ledger, inventory)
    worker.do(worker.ask("create-cluster", FORMED))
    look(ledger, inventory, "n1")
    job = worker.ask("upgrade", {"channel": target})
    done, failed = [], set()

    while ledger.tail(job).indexes:
        lease, step = worker.begin(job)
        key = (step["hosts"][0], step["args"].get("channel"))
        if step["name"] == "refresh_microk8s" and key not in failed:
            failed.add(key)
            assert ledger.failed(lease, ERROR, None)
            while ledger.tail(job).indexes and ledger.job(job).status is JobStatus.CLOSING:
                taken, back = worker.begin(job)
                assert ledger.done(taken, {}, back["writes"])
            ledger.retry(job)
            continue
        assert ledger.done(lease, {}, step["writes"])
        if step["name"] == "refresh_microk8s":
            done.append(key)
            look(ledger, inventory, step["hosts"][0] if step["args"]["members"] else "n2")

    assert ledger.job(job).status is JobStatus.SUCCEEDED, ledger.job(job).error
    legs = [leg for leg in RUNS if "1.32/stable" < leg <= target]
    assert sorted(done) == sorted((host, leg) for host in ("n1", "n2", "n3", "n4") for leg in legs)
    assert {node.channel for node in inventory.cluster("prod").nodes.values()} == {target}
    workers = [place for place, (host, _) in enumerate(done) if host == "n4"]
    assert workers == [4 * (place + 1) - 1 for place in range(len(legs))]
