"""A ledger with seven free hosts and somebody who carries jobs out, for tests that make none."""

import pytest
from acting_worker import ActingWorker
from going_on import KEY

from cluster.spec import Host
from workflows.celery_workers import celery_worker_seen
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger


@pytest.fixture
def inventory(redis):
    inventory = Inventory(redis)
    for number in range(1, 8):
        inventory.put_host(Host(f"n{number}", f"10.0.0.{number}", KEY))
    celery_worker_seen(redis, "w1")
    return inventory


@pytest.fixture
def ledger(redis, inventory):
    return Ledger(redis)


@pytest.fixture
def worker(ledger, inventory):
    return ActingWorker(ledger, inventory)
