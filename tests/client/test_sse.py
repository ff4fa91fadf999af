from clusterwright.sse import Message, messages


def test_frames_heartbeats_and_notices_are_told_apart():
    stream = [
        "retry: 3000",
        "",
        ": heartbeat",
        "",
        "id: 4",
        "event: step.started",
        'data: {"a":',
        "data:1}",
        "",
        "event: end",
        "data: {}",
        "",
    ]

    assert list(messages(stream)) == [
        Message("step.started", '{"a":\n1}', "4"),
        Message("end", "{}"),
    ]


def test_an_event_that_the_stream_cut_off_is_dropped():
    assert list(messages(["id: 1", "event: job.started", "data: {}"])) == []
