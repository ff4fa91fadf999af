"""Following a job over lost connections, waiting for its end, and lists in pages."""

import json

import pytest
from both_clients import Reply, answering

from clusterwright.client import Client, Patience, Problem, TimedOut, Unreachable
from clusterwright.operations import list_hosts

JOB = "ab" * 16
NONE_NEW = Reply(304)
STREAM = {"Content-Type": "text/event-stream"}


def stream(*events):
    text = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
    return Reply(200, f"retry: 3000\n\n: heartbeat\n\n{text}", STREAM)


def event(seq):
    return ("step.started", {"seq": seq})


def job(seq, *, rests):
    row = {"id": JOB, "seq": seq, "status": "running", "finished_for_now": rests}
    return Reply(200, row)


def test_a_lost_stream_is_resumed_behind_the_last_event_that_came(client):
    cut, rest = stream(event(1), event(2)), stream(event(3), ("end", {}))

    with answering(cut, rest) as api:
        told = client.each(api.url, "events", JOB)

    assert [each["seq"] for each in told] == [1, 2, 3]
    assert [asked.headers["last-event-id"] for asked in api.asked] == ["0", "2"]
    assert api.asked[0].headers["accept"] == "text/event-stream"


def test_a_stream_that_is_reset_and_a_server_that_is_away_for_a_while_lose_no_event(client):
    away = Reply(502, "<html>bad gateway</html>")

    with answering(stream(event(5), ("reset", {})), away, stream(event(6), ("end", {}))) as api:
        told = client.each(api.url, "events", JOB, after=4)

    assert [each["seq"] for each in told] == [5, 6]
    assert [asked.headers["last-event-id"] for asked in api.asked] == ["4", "5", "5"]


def test_following_a_job_that_is_not_there_is_told_at_once(client):
    missing = Reply(404, {"title": "No such job", "detail": "cannot find job abab"})

    with answering(missing) as api, pytest.raises(Problem, match="cannot find job"):
        client.each(api.url, "events", JOB)

    assert len(api.asked) == 1


def test_who_follows_an_api_that_stays_away_gives_up_and_says_so(client):
    with pytest.raises(Unreachable, match="cannot reach the API"):
        client.each("http://127.0.0.1:1", "events", JOB)


def test_following_can_be_left_at_any_event():
    with answering(stream(event(1), event(2))) as api, Client(api.url, "t") as client:
        events = client.events(JOB)
        assert next(events)["seq"] == 1
        events.close()


def test_a_job_is_awaited_by_asking_for_news_until_nothing_moves_in_it(client, monkeypatch):
    monkeypatch.setattr("clusterwright.following.LEAST_SECONDS", 0)

    with answering(job(3, rests=False), NONE_NEW, job(4, rests=False), job(5, rests=True)) as api:
        assert client.ask(api.url, "wait", "abab")["seq"] == 5

    assert [asked.path for asked in api.asked] == [
        "/v1/jobs/abab",
        f"/v1/jobs/{JOB}?wait=25&after=3",
        f"/v1/jobs/{JOB}?wait=25&after=3",
        f"/v1/jobs/{JOB}?wait=25&after=4",
    ]


@pytest.mark.parametrize("away", [Reply(503, "<html>"), Reply(504, "<html>"), Reply(502, {})])
def test_a_job_is_awaited_on_while_the_api_is_away(client, monkeypatch, away):
    monkeypatch.setattr("clusterwright.following.LEAST_SECONDS", 0)
    patience = Patience(repeats=1, first_seconds=0.01, reconnect_seconds=0.01)

    with answering(job(3, rests=False), *[away] * 7, job(5, rests=True)) as api:
        assert client.ask(api.url, "wait", JOB, patience=patience)["seq"] == 5


def test_who_awaits_a_job_of_an_api_that_stays_away_gives_up_and_says_so(client, monkeypatch):
    monkeypatch.setattr("clusterwright.following.LEAST_SECONDS", 0)

    with (
        answering(job(3, rests=False), Reply(503, {"title": "Redis is away"})) as api,
        pytest.raises(Problem, match="Redis is away"),
    ):
        client.ask(api.url, "wait", JOB)


def test_a_job_that_is_gone_is_not_awaited_on(client, monkeypatch):
    monkeypatch.setattr("clusterwright.following.LEAST_SECONDS", 0)
    gone = Reply(404, {"title": "There is no such job"})

    with (
        answering(job(3, rests=False), gone) as api,
        pytest.raises(Problem, match="no such job"),
    ):
        client.ask(api.url, "wait", JOB)

    assert len(api.asked) == 2


def test_a_job_that_takes_longer_than_one_waits_goes_on_and_is_named(client):
    with answering(job(3, rests=False)) as api, pytest.raises(TimedOut, match="watch abababab"):
        client.ask(api.url, "wait", JOB, within=0.01)


def test_a_list_is_read_page_by_page_from_the_server_that_was_named(client):
    following = {"Link": '<http://192.0.2.1:1/v1/hosts?per_page=1&cursor=n1>; rel="next"'}
    first, last = Reply(200, {"hosts": [1]}, following), Reply(200, {"hosts": [2]})

    with answering(first, last) as api:
        told = client.each(api.url, "pages", list_hosts(per_page=1))

    assert told == [{"hosts": [1]}, {"hosts": [2]}]
    assert [asked.path for asked in api.asked] == [
        "/v1/hosts?per_page=1",
        "/v1/hosts?per_page=1&cursor=n1",
    ]


def test_pages_that_lead_in_a_circle_come_to_an_end(client):
    circle = Reply(200, {"hosts": [1]}, {"Link": '</v1/hosts?cursor=n1>; rel="next"'})

    with answering(circle) as api:
        assert len(client.each(api.url, "pages", list_hosts())) == 2
