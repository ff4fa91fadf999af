"""A verify that sees a cluster otherwise than before tells so; a schedule's proposes a change."""

import json
import time
from dataclasses import replace

import pytest
from going_on import seen_leading, seen_whole

from cluster.certificates import AUTHORITY, DAY_SECONDS, NAMES
from cluster.observation import Observation
from workflows.access import NOBODY, Grant, Permission, Principal, Via
from workflows.ledger.claims import Lease
from workflows.plan import Change
from workflows.schedules.differences import differences
from workflows.schedules.mending import mending
from workflows.states import JobStatus
from workflows.submit import submit
from workflows.timed import Timed

NOW = int(time.time())
SCHEDULE = Principal("schedule:look", "look", Via.SCHEDULE, (Grant(Permission.CHANGE, "prod"),))


@pytest.fixture
def timed(ledger, inventory):
    return Timed(ledger, inventory)


@pytest.fixture
def prod(worker, ledger, inventory):
    """A cluster of three that is formed, and was seen whole."""
    worker.do(worker.ask("create-cluster", {"control_plane": ["n1", "n2", "n3"]}))
    cluster = inventory.cluster("prod")
    ledger.redis.hset("cw:cluster:prod", "observation", json.dumps(whole(cluster)))
    return cluster


def whole(cluster, dead=(), soon=()):
    def days(host, name):
        return 9 if host in soon and name != AUTHORITY else 300

    certificates = [
        {"host": host, "name": name, "ends": NOW + days(host, name) * DAY_SECONDS}
        for host in cluster.control_plane
        for name in NAMES
    ]
    return seen_whole(cluster, dead) | {"at": NOW, "certificates": certificates}


@pytest.fixture
def verify(ledger, inventory):
    """Return a function that has a verify see a cluster so."""

    def verify(observation, by=SCHEDULE):
        job = submit(ledger, inventory, Change("prod", "verify", {}), by=by).job
        tail = ledger.tail(job.id)
        lease = Lease(job.id, tail.indexes[0], f"token-{job.id}")
        assert ledger.claim(lease, epoch=tail.epoch, owner="test").answer == "run"
        assert ledger.observe(lease, observation)
        assert ledger.done(lease, {})
        return job.id

    return verify


def changes(ledger, job):
    return [
        event.data["changed"] for event in ledger.events(job) if event.type == "cluster.changed"
    ]


def proposed(ledger):
    return ledger.jobs(status=JobStatus.AWAITING_APPROVAL)


def test_what_is_as_it_was_is_not_told_nor_is_anything_proposed(prod, verify, ledger, timed):
    job = verify(whole(prod))
    timed.tick()

    assert changes(ledger, job) == []
    assert proposed(ledger) == []


def test_a_member_that_has_died_is_told_with_before_and_now(prod, verify, ledger):
    job = verify(whole(prod, dead=("n3",)))

    (changed,) = changes(ledger, job)
    assert sorted(changed) == ["ha", "membership", "quorum"]
    assert changed["ha"] == {"before": True, "now": False}
    assert changed["membership"] == {"before": {"n3": "alive"}, "now": {"n3": "dead"}}
    assert changed["quorum"]["now"]["voters_alive"] == 2


def test_its_removal_is_proposed_once_and_waits_for_a_person(prod, verify, ledger, timed):
    verify(whole(prod, dead=("n3",)))
    timed.tick()
    verify(whole(prod))
    timed.tick()
    verify(whole(prod, dead=("n3",)))
    timed.tick()

    (job,) = proposed(ledger)
    assert (job.kind, dict(job.params)) == ("remove-node", {"node": "n3", "force": True})
    assert (job.requested_by, job.via, job.approve_within) == ("schedule:look", "schedule", 72)
    assert job.reason == "schedule look saw that n3 does not answer any more"
    assert not job.has_begun


def test_a_person_who_looks_is_told_and_proposed_nothing(prod, verify, ledger, timed):
    job = verify(whole(prod, dead=("n3",)), by=NOBODY)
    timed.tick()

    assert len(changes(ledger, job)) == 1
    assert proposed(ledger) == []


def test_certificates_that_end_soon_are_told_and_their_renewal_is_proposed(
    prod, verify, ledger, timed
):
    job = verify(whole(prod, soon=("n2",)))
    timed.tick()

    (changed,) = changes(ledger, job)
    assert list(changed) == ["certificates"]
    assert changed["certificates"]["now"]["n2:server.crt"]["soon"]
    assert [row.kind for row in proposed(ledger)] == ["refresh-certs"]


def test_a_cluster_without_a_leader_is_told_and_nothing_is_proposed(prod, verify, ledger, timed):
    job = verify(whole(prod, dead=("n2", "n3")) | {"has_leader": False})
    timed.tick()

    assert len(changes(ledger, job)) == 1
    assert proposed(ledger) == []


def test_a_member_that_nobody_knows_is_not_taken_out(prod):
    seen = Observation.from_dict(seen_leading("n1", "n9"))
    stranger = replace(seen.members[1], alive=False)

    assert list(mending(prod, replace(seen, members=(seen.members[0], stranger)), "it")) == []


def test_certificates_that_were_not_told_are_no_change(prod):
    seen = Observation.from_dict(whole(prod))

    assert differences(seen, replace(seen, certificates=())) == {}
    assert differences(seen, replace(seen, at=seen.at + 60)) == {}
