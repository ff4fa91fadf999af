"""Whatever happens in whatever order: each event arrives once, and each job's in their order."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from receiver import Reply

from workflows.deliveries.subscription import DeliveryState

JOBS = ("j1", "j2")
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.sampled_from(JOBS)),
        st.tuples(st.just("end"), st.sampled_from(JOBS)),
        st.tuples(st.just("answer"), st.sampled_from([204, 302, 429, 500])),
        st.tuples(st.just("wait"), st.sampled_from([1, 60, 400, 4000])),
        st.tuples(st.just("deliver"), st.none()),
        st.tuples(st.just("lose"), st.none()),
    ),
    max_size=18,  # a delivery that was lost ten times would be given up
)
UNLIMITED = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Run:
    """One run on an empty ledger."""

    def __init__(self, outgoing):
        self.outgoing = outgoing
        outgoing.ledger.redis.flushall()
        outgoing.receiver.got.clear()
        outgoing.receiver.reply = Reply(204)
        outgoing.subscribe()
        self.begun, self.ended = set(), set()

    def begin(self, job):
        if job not in self.begun:
            self.outgoing.job(job, cluster=f"of-{job}")
            self.begun.add(job)

    def end(self, job):
        if job in self.begun - self.ended:
            self.outgoing.end(job)
            self.ended.add(job)

    def answer(self, status):
        headers = {"Retry-After": "90"} if status == 429 else {}
        self.outgoing.receiver.reply = Reply(status, headers)

    def wait(self, seconds):
        self.outgoing.clock.on(seconds)

    def deliver(self, _):
        self.outgoing.tick()

    def lose(self, _):
        """Claim one, as whoever is killed then."""
        self.outgoing.deliveries.hand_out("test:queue", "lost")
        self.outgoing.deliveries.next("lost")

    def settle(self):
        """Have the receiver take everything, for longer than any wait."""
        self.answer(204)
        for _ in range(4):
            self.wait(2 * 24 * 3600)
            self.deliver(None)


@UNLIMITED
@given(moves=MOVES)
def test_each_event_arrives_and_in_the_order_of_its_job(outgoing, moves):
    run = Run(outgoing)
    for move, what in moves:
        getattr(run, move)(what)
        waiting = outgoing.deliveries.deliveries("board", DeliveryState.WAITING)
        due = [row.job for row in waiting if row.due is not None]
        assert len(due) == len(set(due))  # of each job one at a time
    run.settle()

    rows = outgoing.deliveries.deliveries("board")
    told = {job: [row for row in rows if row.job == job] for job in JOBS}
    for job in JOBS:
        expected = [event.seq for event in outgoing.ledger.events(job) if "job." in event.type]
        assert sorted(row.seq for row in told[job]) == expected
        assert {row.state for row in told[job]} <= {DeliveryState.DONE}
        seen = [
            int(json.loads(got.body)["sequence"])
            for got in outgoing.receiver.got
            if json.loads(got.body)["subject"] == f"jobs/{job}"
        ]
        assert seen == sorted(seen)  # repeats of one are told before the next begins
        assert sorted(set(seen)) == expected
