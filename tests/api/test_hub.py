"""The hub: one reader, bounded queues."""

import threading

import pytest

from api.hub import QUEUE_SIZE, Hub, HubFull

SECONDS = 10


def readers():
    return [thread for thread in threading.enumerate() if thread.name == "event-hub"]


def drained(place):
    found = []
    while (delivery := place.next(2)) is not None:
        found.append(delivery.event.seq)
    return found


def test_many_clients_share_one_reader_that_ends_with_the_last(ledger, job):
    hub = Hub(ledger)
    before = len(readers())

    places = [hub.subscribe(job) for _ in range(20)]
    during = len(readers()) - before
    for place in places:
        hub.leave(place)
        hub.leave(place)
    for thread in readers():
        thread.join(SECONDS)

    assert (during, hub.clients, readers()) == (1, 0, [])


def test_a_client_hears_of_its_own_job_only(ledger, steps, job):
    hub = Hub(ledger)
    mine, other = hub.subscribe(job), hub.subscribe("f" * 32)

    steps.begin()

    assert mine.next(SECONDS).event.type == "step.started"
    assert other.next(0) is None
    hub.leave(mine)
    hub.leave(other)


def test_a_client_that_lags_is_dropped_and_the_others_are_not_held_up(ledger, steps, job):
    hub = Hub(ledger)
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


def test_a_full_hub_takes_nobody_more(ledger, job):
    hub = Hub(ledger, most_clients=1)
    place = hub.subscribe(job)

    with pytest.raises(HubFull, match="cannot follow job"):
        hub.subscribe(job)

    hub.leave(place)
    hub.leave(hub.subscribe(job))
    assert hub.clients == 0
