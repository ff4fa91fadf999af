"""The hub: one reader, bounded queues."""

import threading

import pytest

from api.hub import QUEUE_SIZE, Hub, HubFull

SECONDS = 60


@pytest.fixture
def hub(ledger):
    hub = Hub(ledger)
    yield hub
    hub.close()


def readers():
    return [thread for thread in threading.enumerate() if thread.name == "event-hub"]


def drained(place):
    found = []
    while (delivery := place.next(2)) is not None:
        found.append(delivery.event.seq)
    return found


def test_many_clients_share_one_reader_that_ends_with_the_last(hub, job):
    places = [hub.subscribe(job) for _ in range(20)]
    during = len(readers())
    for place in places:
        hub.leave(place)
        hub.leave(place)
    for thread in readers():
        thread.join(SECONDS)

    assert (during, hub.clients, readers()) == (1, 0, [])


def test_a_client_hears_of_its_own_job_only(hub, steps, job):
    mine, other = hub.subscribe(job), hub.subscribe("f" * 32)

    steps.begin()

    assert mine.next(SECONDS).event.type == "step.started"
    assert other.next(0) is None
    hub.leave(mine)
    hub.leave(other)


def test_a_client_that_lags_is_dropped_and_the_others_are_not_held_up(hub, ledger, steps, job):
    slow, quick = hub.subscribe(job), hub.subscribe(job)
    steps.begin()
    heard = []
    for number in range(QUEUE_SIZE + 10):
        ledger.host(steps.leases[0], "n1", {"status": "running", "detail": str(number)})
        heard.append(quick.next(SECONDS).event.seq)
    heard.append(quick.next(SECONDS).event.seq)

    left = drained(slow)

    assert slow.dropped
    assert left == heard[:QUEUE_SIZE]
    assert hub.clients == 1
    hub.leave(quick)


def test_a_full_hub_takes_nobody_more(hub, job):
    hub.most_clients = 1
    place = hub.subscribe(job)

    with pytest.raises(HubFull, match="cannot follow job"):
        hub.subscribe(job)

    hub.leave(place)
    hub.leave(hub.subscribe(job))
    assert hub.clients == 0


def test_a_reader_that_died_is_replaced_for_the_next_client(hub, ledger, job, steps):
    hub.ledger = None  # a defect that no outage explains
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", lambda _: None)
        patch.setattr("api.hub.START_SECONDS", 0.1)
        first = hub.subscribe(job)
    hub.ledger = ledger

    second = hub.subscribe(job)
    steps.begin()

    assert first.next(SECONDS).event.type == "step.started"
    assert second.next(SECONDS).event.type == "step.started"
