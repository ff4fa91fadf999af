"""A ledger with seven free hosts and somebody who carries jobs out, and a shelf with a bucket."""

import pytest
from acting_worker import ActingWorker
from going_on import KEY
from s3_server import s3_server, write_credentials

from cluster.spec import Host
from deploy_scripts.backups.shelf import Shelf
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
def server():
    """A bucket, served on loopback."""
    with s3_server() as served:
        yield served


@pytest.fixture
def shelf(tmp_path, server):
    """The backups in a data directory, whose copies go to that bucket."""
    write_credentials(tmp_path)
    return Shelf(tmp_path, server.target(tmp_path))


@pytest.fixture
def worker(ledger, inventory):
    return ActingWorker(ledger, inventory)
