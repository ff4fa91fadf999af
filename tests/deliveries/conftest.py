"""A ledger whose clock a test moves, a local receiver, and a deliverer that may reach it."""

import ipaddress

import pytest
from outgoing import Clock, Outgoing
from receiver import receiving

from cluster.spec import Host
from workflows.deliveries.deliverer import Deliverer
from workflows.deliveries.receiver_files import ReceiverFiles
from workflows.deliveries.store import Deliveries
from workflows.inventory import Inventory
from workflows.ledger import reads
from workflows.ledger.ledger import Ledger
from workflows.ledger.script import script
from workflows.notifiers.known import NOTIFIERS
from workflows.notifiers.safe_post import SafePost

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMdL2jGMlCMxYz2nNQYl3Oq1YlXUqQ8mYQpX9K2nP1aZ"
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


@pytest.fixture
def clock(redis):
    return Clock(redis)


@pytest.fixture
def ledger(redis, clock, monkeypatch):
    monkeypatch.setattr(reads, "script", lambda: clock.moved(script()))
    inventory = Inventory(redis)
    for number in range(1, 8):
        inventory.put_host(Host(f"n{number}", f"10.0.0.{number}", KEY))
    return Ledger(redis)


@pytest.fixture
def receiver():
    with receiving() as found:
        yield found


@pytest.fixture
def outgoing(ledger, settings, receiver, clock):
    deliveries = Deliveries(ledger.redis, ledger.functions)
    files = ReceiverFiles(settings.data_dir)
    post = SafePost(LOOPBACK, seconds=5)
    deliverer = Deliverer(ledger, deliveries, files, NOTIFIERS, post, spread=lambda: 0.0)
    return Outgoing(ledger, deliveries, files, deliverer, receiver, clock)
