"""A ticket system of a test's ``kind`` on loopback, and its notifier."""

import importlib

import pytest
from ticket_receivers import receiving
from ticket_systems import SYSTEMS
from told_tickets import news, post, target


@pytest.fixture
def desk(kind):
    with receiving(SYSTEMS[kind]()) as receiver:
        receiver.kind = kind
        yield receiver


@pytest.fixture
def tell(kind, desk):
    notifier = importlib.import_module(f"workflows.notifiers.{kind}").NOTIFIER
    assert notifier.name == kind

    def told(type_, sequence=1, *, kept=None, to=None, subject=desk.subject, **fields):
        one = news(type_, subject, sequence, **fields)
        return notifier.tell(to or target(desk), one, kept or {}, post)

    return told
