"""How old a cluster's newest proved backup is: kept by the ledger, and judged in planning."""

import time

import pytest
from acting_worker import ActingWorker
from kind_worlds import HOST_KEY, hosts

from cluster.spec import Cluster, Environment, Host, Node, Role
from workflows.backup_rules import recent_backup
from workflows.celery_workers import celery_worker_seen
from workflows.inventory import Inventory
from workflows.kinds import KINDS
from workflows.ledger.ledger import Ledger
from workflows.plan import Change, Scope
from workflows.planner import planned

HOUR = 3600
NOW = 1_800_000_000.0


@pytest.fixture
def worker(redis):
    """Of a cluster that has been formed."""
    inventory = Inventory(redis)
    inventory.put_host(Host("n1", "10.0.0.1", HOST_KEY))
    celery_worker_seen(redis, "w1")
    worker = ActingWorker(Ledger(redis), inventory)
    worker.do(worker.ask("create-cluster", {"control_plane": ["n1"]}))
    return worker


def backed_up_at(worker):
    return worker.inventory.cluster("prod").backed_up_at


def prove(worker, at, *, kind="backup", step="take_backup"):
    """Have a job prove a backup that was taken at a moment; return the job, at its next step."""
    job = worker.ask(kind, {})
    worker.do(job, until=step)
    lease, _ = worker.begin(job)
    assert worker.ledger.done(lease, {"backup": {"at": at}})
    return job


def undo_all(worker, job):
    worker.fail(job, "thin_backups")
    worker.ledger.rollback(job)
    while indexes := worker.ledger.tail(job).indexes:
        lease, _ = worker.begin(job)
        assert worker.ledger.done(lease, {}), indexes


def findings(at, environment=Environment.PROD):
    node = Node("n1", Role.CONTROL_PLANE, "1.32/stable")
    there = Cluster("prod", environment, {"n1": node}, backed_up_at=at)
    scope = Scope("prod", there, hosts({"n1": "prod"}), record=there, now=NOW)
    return list(recent_backup(scope, "an upgrade"))


def test_a_cluster_knows_when_its_newest_backup_was_taken_once_that_is_proved(worker):
    moment = time.time() - HOUR
    assert backed_up_at(worker) is None

    worker.do(prove(worker, moment))

    assert backed_up_at(worker) == pytest.approx(moment, abs=0.01)


def test_an_older_backup_that_is_proved_later_does_not_make_the_newest_older(worker):
    moment = time.time() - HOUR
    worker.do(prove(worker, moment))

    worker.do(prove(worker, moment - HOUR, kind="verify-backup", step="check_backup"))

    assert backed_up_at(worker) == pytest.approx(moment, abs=0.01)


def test_no_backup_is_newer_than_now_whatever_clock_has_dated_it(worker):
    worker.do(prove(worker, time.time() + 100 * HOUR))

    assert backed_up_at(worker) <= time.time() + 1


def test_a_backup_that_is_undone_leaves_the_one_before_it_as_the_newest(worker):
    moment = time.time() - 2 * HOUR
    worker.do(prove(worker, moment))

    undo_all(worker, prove(worker, moment + HOUR))

    assert backed_up_at(worker) == pytest.approx(moment, abs=0.01)


def test_the_first_backup_undone_leaves_none_known(worker):
    undo_all(worker, prove(worker, time.time()))

    assert backed_up_at(worker) is None


def test_a_backup_overtakes_no_job_as_it_is_no_write_of_the_record(worker):
    before = worker.inventory.cluster("prod").revision

    worker.do(prove(worker, time.time()))

    assert worker.inventory.cluster("prod").revision == before


def test_without_a_backup_of_a_day_prod_is_refused_unless_that_is_accepted():
    [none] = findings(None)
    [old] = findings(NOW - 31 * HOUR)

    assert (none.code, none.severity, none.acceptable) == ("no-backup", "refuse", True)
    assert (old.code, old.severity, old.acceptable) == ("backup-old", "refuse", True)
    assert "31 hours old" in old.message
    assert "clusterwright change backup prod" in old.advice
    assert "accept backup-old" in old.advice


def test_without_a_backup_of_a_day_other_environments_are_warned():
    found = [*findings(None, Environment.DEV), *findings(0.0, Environment.STAGING)]

    assert [(row.code, row.severity) for row in found] == [
        ("no-backup", "warn"),
        ("backup-old", "warn"),
    ]
    assert all("accept" not in row.advice for row in found)


@pytest.mark.parametrize("age", [0, 24 * HOUR])
def test_a_backup_of_a_day_at_most_is_recent(age):
    assert findings(NOW - age) == []


def test_an_upgrade_asks_for_a_backup_and_one_that_changes_nothing_does_not():
    node = Node("n1", Role.CONTROL_PLANE, "1.32/stable")
    there = Cluster("prod", Environment.PROD, {"n1": node})
    scope = Scope("prod", there, hosts({"n1": "prod"}), record=there, now=NOW)

    def codes(channel):
        change = Change("prod", "upgrade", {"channel": channel})
        return [row.code for row in planned(KINDS["upgrade"], change, scope).findings]

    assert "no-backup" in codes("1.33/stable")
    assert "no-backup" not in codes("1.32/stable")
