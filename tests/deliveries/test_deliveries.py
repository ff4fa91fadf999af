"""What happens reaches each receiver that wants it: once, in order, and again until it arrives."""

HOUR = 3600


def test_each_event_of_a_job_is_told_in_its_order(outgoing):
    outgoing.subscribe()

    outgoing.job()
    outgoing.end()
    outgoing.tick()

    assert outgoing.types == ["job.accepted", "job.started", "job.succeeded"]
    assert [int(row["sequence"]) for row in outgoing.told] == sorted(
        int(row["sequence"]) for row in outgoing.told
    )
    assert outgoing.deliveries.standing("board").waiting == 0
