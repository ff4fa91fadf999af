"""What happens reaches each receiver that wants it: once, in order, and again until it arrives."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from receiver import Reply

from workflows.deliveries.schedule import WAITS
from workflows.deliveries.store import Deliveries, NotReplayed, SubscriptionNotFound
from workflows.deliveries.subscription import DeliveryState
from workflows.ledger.ledger import Ledger
from workflows.process.connection import connect

HOUR = 3600
ALL = ["job.accepted", "job.started", "job.succeeded"]


def test_each_event_of_a_job_is_told_in_its_order(outgoing):
    outgoing.subscribe()

    outgoing.job()
    outgoing.end()
    outgoing.tick()

    assert outgoing.types == ALL
    numbers = [int(row["sequence"]) for row in outgoing.told]
    assert numbers == sorted(set(numbers))
    assert outgoing.deliveries.standing("board").waiting == 0


def test_where_nobody_is_told_nothing_is_kept(outgoing, redis):
    outgoing.job()
    outgoing.end()

    assert not redis.exists("cw:outbox")
    assert outgoing.tick() == 0


def test_each_subscription_is_told_for_itself(outgoing):
    outgoing.subscribe("board")
    outgoing.subscribe("pager", events=("job.succeeded",))

    outgoing.job()
    outgoing.end()
    outgoing.tick()

    assert sorted(outgoing.types) == sorted([*ALL, "job.succeeded"])


@pytest.mark.parametrize(
    ("wish", "is_told"),
    [
        ({"clusters": "pro*"}, True),
        ({"clusters": "test-*"}, False),
        ({"clusters": "pr.d"}, False),  # a point is a point
        ({"clusters": "p?od"}, True),
        ({"kinds": ("create-cluster", "verify")}, True),
        ({"kinds": ("verify",)}, False),
        ({"events": ("job.failed", "job.succeeded")}, True),
        ({"events": ("job.failed",)}, False),
        ({"events": ("host.*",)}, False),
        ({"statuses": ("succeeded",)}, True),
        ({"statuses": ("failed",)}, False),
        ({"environments": ("dev",)}, True),
        ({"environments": ("prod",)}, False),
        ({"source": "alerts"}, True),
        ({"source": "tickets"}, False),
        ({"job": "j1"}, True),
        ({"job": "j2"}, False),
    ],
)
def test_a_receiver_is_told_of_what_it_wants(outgoing, wish, is_told):
    outgoing.subscribe(**wish)

    outgoing.job(requested_by="hook:alerts", via="hook")
    outgoing.end()
    outgoing.tick()

    assert ("job.succeeded" in outgoing.types) is is_told


def test_a_status_of_a_filter_is_the_one_that_the_event_led_to(outgoing):
    outgoing.subscribe(statuses=("running",))

    outgoing.job()
    outgoing.end()
    outgoing.tick()

    assert outgoing.types == ["job.started"]


def test_who_waits_for_a_cluster_is_told_once_when_it_is_free(outgoing):
    outgoing.subscribe(clusters="prod", events=("cluster.free",), once=True)
    outgoing.job("j1")
    outgoing.job("j2")

    outgoing.end("j1")
    outgoing.tick()
    assert outgoing.types == []  # the second has the cluster now

    outgoing.ledger.cancel("j2")
    outgoing.tick()
    assert outgoing.types == ["cluster.free"]
    assert outgoing.told[0]["source"] == "/clusters/prod"
    assert outgoing.deliveries.standing("board").is_spent

    outgoing.job("j3")
    outgoing.end("j3")
    outgoing.tick()
    assert outgoing.types == ["cluster.free"]


def test_of_many_who_hand_out_at_once_each_event_becomes_one_delivery(outgoing, settings):
    outgoing.subscribe("board")
    outgoing.subscribe("pager")
    for number in range(30):
        job = outgoing.job(f"j{number}", cluster=f"c{number}")
        outgoing.end(job)
    begun = threading.Barrier(8)

    def hand_out(_):
        ledger = Ledger(connect(settings))
        deliveries = Deliveries(ledger.redis, ledger.functions)
        begun.wait()
        for _ in range(5):
            deliveries.hand_out("test:queue", "t")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hand_out, range(8)))
    outgoing.tick()

    for name in ("board", "pager"):
        found = outgoing.deliveries.deliveries(name)
        assert sorted((row.job, row.type) for row in found) == sorted(
            (f"j{number}", kind) for number in range(30) for kind in ALL
        )
    assert len(outgoing.receiver.got) == 2 * 30 * len(ALL)


def test_a_receiver_that_is_down_for_an_hour_misses_nothing_and_has_each_job_in_order(outgoing):
    outgoing.subscribe()
    outgoing.receiver.reply = Reply(500)
    for number in range(4):
        outgoing.end(outgoing.job(f"j{number}", cluster=f"c{number}"))

    for _ in range(60):  # a look each minute
        outgoing.tick()
        outgoing.clock.on(60)
    assert {row["type"] for row in outgoing.told} == {"io.clusterwright.job.accepted"}
    outgoing.receiver.got.clear()
    outgoing.receiver.reply = Reply(204)
    outgoing.clock.on(3 * HOUR)
    outgoing.tick()

    for number in range(4):
        mine = [row for row in outgoing.told if row["subject"] == f"jobs/j{number}"]
        assert [row["type"].removeprefix("io.clusterwright.") for row in mine] == ALL
    assert outgoing.deliveries.standing("board").waiting == 0


def test_only_the_first_of_a_job_is_tried_while_another_job_is_not_kept_waiting(outgoing):
    outgoing.subscribe()
    outgoing.receiver.replies.append(Reply(500))
    outgoing.end(outgoing.job("j1"))
    outgoing.tick()
    assert outgoing.types == ["job.accepted"]

    outgoing.end(outgoing.job("j2", cluster="test"))
    outgoing.tick()

    assert outgoing.types == ["job.accepted", *ALL]
    outgoing.clock.on(10)
    outgoing.tick()
    assert outgoing.types == ["job.accepted", *ALL, *ALL]


def test_a_delivery_keeps_its_id_over_its_attempts(outgoing):
    outgoing.subscribe(events=("job.succeeded",))
    outgoing.receiver.replies.extend([Reply(503), Reply(302, {"Location": "/other"})])
    outgoing.end(outgoing.job())

    for _ in range(4):
        outgoing.tick()
        outgoing.clock.on(HOUR)

    ids = [got.headers["webhook-id"] for got in outgoing.receiver.got]
    assert len(ids) == 3
    assert len(set(ids)) == 1
    assert {got.path for got in outgoing.receiver.got} == {"/hook"}  # the redirect was not followed


def test_a_receiver_that_asks_to_be_left_alone_is(outgoing):
    outgoing.subscribe()
    outgoing.receiver.replies.append(Reply(429, {"Retry-After": "600"}))
    outgoing.end(outgoing.job("j1"))
    outgoing.tick()

    outgoing.end(outgoing.job("j2", cluster="test"))
    outgoing.clock.on(590)
    outgoing.tick()
    assert len(outgoing.receiver.got) == 1

    outgoing.clock.on(20)
    outgoing.tick()
    assert len(outgoing.receiver.got) == 1 + 2 * len(ALL)


def test_what_never_arrives_is_dead_after_the_last_attempt_and_can_be_replayed(outgoing):
    outgoing.subscribe(events=("job.succeeded",))
    outgoing.receiver.reply = Reply(500)
    outgoing.end(outgoing.job())

    for wait in (*WAITS, 0.0):
        outgoing.clock.on(wait)
        outgoing.tick()

    assert len(outgoing.receiver.got) == len(WAITS)
    dead = outgoing.deliveries.deliveries("board", DeliveryState.DEAD)
    assert [(row.attempts, row.type) for row in dead] == [(10, "job.succeeded")]
    assert "answered 500" in dead[0].error

    outgoing.receiver.reply = Reply(204)
    outgoing.deliveries.replay(dead[0].id)
    outgoing.tick()

    assert len(outgoing.receiver.got) == len(WAITS) + 1
    assert outgoing.receiver.got[-1].headers["webhook-id"] == dead[0].id
    assert outgoing.deliveries.delivery(dead[0].id).state is DeliveryState.DONE
    with pytest.raises(NotReplayed, match="it is done"):
        outgoing.deliveries.replay(dead[0].id)


def test_a_dead_delivery_lets_those_behind_it_go(outgoing):
    outgoing.subscribe()
    outgoing.receiver.replies.extend([Reply(500)] * len(WAITS))
    outgoing.end(outgoing.job())

    for wait in (*WAITS, 0.0):
        outgoing.clock.on(wait)
        outgoing.tick()

    states = {row.type: row.state for row in outgoing.deliveries.deliveries("board")}
    assert states == {
        "job.accepted": DeliveryState.DEAD,
        "job.started": DeliveryState.DONE,
        "job.succeeded": DeliveryState.DONE,
    }


def test_a_receiver_that_is_gone_is_told_nothing_any_more_until_it_is_enabled(outgoing):
    outgoing.subscribe()
    outgoing.receiver.replies.append(Reply(410))
    outgoing.end(outgoing.job("j1"))
    outgoing.tick()

    outgoing.end(outgoing.job("j2", cluster="test"))
    outgoing.clock.on(HOUR)
    outgoing.tick()

    standing = outgoing.deliveries.standing("board")
    assert len(outgoing.receiver.got) == 1
    assert "410" in standing.disabled
    assert (standing.waiting, standing.dead) == (0, 3)
    dead = outgoing.deliveries.deliveries("board")
    with pytest.raises(NotReplayed, match="subscriptions enable board"):
        outgoing.deliveries.replay(dead[0].id)

    outgoing.deliveries.enable("board")
    for row in reversed(dead):
        outgoing.deliveries.replay(row.id)
    outgoing.tick()
    assert outgoing.types[1:] == ALL


def test_a_removed_subscription_leaves_nothing_behind(outgoing, redis):
    outgoing.subscribe()
    outgoing.receiver.replies.append(Reply(204))
    outgoing.receiver.reply = Reply(500)
    outgoing.end(outgoing.job())
    outgoing.tick()
    outgoing.end(outgoing.job("j2", cluster="test"))

    outgoing.deliveries.remove("board")
    outgoing.deliveries.hand_out("test:queue", "t")

    left = [key for key in redis.keys("cw:*") if "deliver" in key or "board" in key]
    assert set(left) <= {"cw:deliverers"}
    assert redis.xlen("cw:outbox") == redis.exists("cw:subscriptions") == 0
    with pytest.raises(SubscriptionNotFound, match="subscriptions list"):
        outgoing.deliveries.remove("board")


def test_what_whoever_sends_it_leaves_half_done_is_due_again_and_the_late_one_changes_nothing(
    outgoing,
):
    outgoing.subscribe(events=("job.succeeded",))
    outgoing.end(outgoing.job())
    outgoing.deliveries.hand_out("test:queue", "t")
    lost = outgoing.deliveries.next("t")
    assert outgoing.deliveries.next("u") is None

    outgoing.clock.on(60)
    second = outgoing.deliveries.next("u")
    assert (second.delivery.id, second.delivery.attempts) == (lost.delivery.id, 2)

    outgoing.deliverer.attempt(lost)  # it was only slow: its word does not count
    assert outgoing.deliveries.delivery(lost.delivery.id).state is DeliveryState.WAITING
    outgoing.deliverer.attempt(second)
    assert outgoing.deliveries.delivery(lost.delivery.id).state is DeliveryState.DONE


def test_a_deliverer_is_wanted_twice_at_most_and_another_once_its_time_is_over(outgoing, redis):
    outgoing.subscribe()
    outgoing.job()
    wanted = [outgoing.deliveries.hand_out("test:queue", ticket) for ticket in "abc"]
    assert wanted == [True, True, False]

    outgoing.clock.on(120)
    redis.rpush("test:queue", "a message")
    assert not outgoing.deliveries.hand_out("test:queue", "d")  # one waits to be taken
    redis.delete("test:queue")
    assert outgoing.deliveries.hand_out("test:queue", "e")
