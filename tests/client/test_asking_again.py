"""What is sent again, after how long, and what each request carries."""

import httpx
import pytest
from both_clients import Reply, answering
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.calls import Call
from clusterwright.client import NotTheApi, Patience, Problem, Unreachable
from clusterwright.patience import PASSING

CHANGE = {"kind": "verify", "params": {}}
BUSY = Reply(503, {"title": "Redis does not serve", "detail": "cannot: full"}, {"Retry-After": "0"})
JOB = Reply(202, {"id": "ab" * 16})
OFTEN = Reply(429, {"title": "Too often"}, {"Retry-After": "0"})


def test_a_change_that_was_not_taken_is_sent_again_with_the_same_key(client):
    with answering(BUSY, BUSY, JOB) as api:
        assert client.ask(api.url, "request_change", "prod", CHANGE) == JOB.body

    assert [asked.body for asked in api.asked] == [CHANGE] * 3
    assert len({asked.headers["idempotency-key"] for asked in api.asked}) == 1


def test_each_change_has_a_key_of_its_own_unless_one_is_given(client):
    with answering(JOB) as api:
        for _ in range(2):
            client.ask(api.url, "request_change", "prod", CHANGE)
        client.ask(api.url, "request_change", "prod", CHANGE, idempotency_key="ticket-7")

    keys = [asked.headers["idempotency-key"] for asked in api.asked]
    assert len(set(keys)) == 3
    assert keys[2] == "ticket-7"


def test_what_may_have_been_done_already_is_not_sent_again(client):
    with answering(BUSY) as api, pytest.raises(Problem, match="cannot: full"):
        client.ask(api.url, "cancel_job", "abab")

    assert len(api.asked) == 1


def test_whoever_asks_too_often_asks_again_later_whatever_it_was(client):
    with answering(OFTEN, JOB) as api:
        assert client.ask(api.url, "cancel_job", "abab") == JOB.body


def test_asking_again_comes_to_an_end(client):
    with answering(BUSY) as api, pytest.raises(Problem) as caught:
        client.ask(api.url, "show_job", "abab", patience=Patience(repeats=2))

    assert len(api.asked) == 3
    assert (caught.value.status, caught.value.retry_after) == (503, 0)


def test_a_longer_wait_than_one_has_patience_for_is_told_at_once(client):
    later = Reply(503, BUSY.body, {"Retry-After": "3600"})

    with answering(later) as api, pytest.raises(Problem) as caught:
        client.ask(api.url, "show_job", "abab")

    assert len(api.asked) == 1
    assert caught.value.retry_after == 3600


def test_each_call_has_an_id_of_its_own_and_the_token(client):
    with answering(JOB) as api:
        for _ in range(2):
            client.ask(api.url, "show_job", "abab")

    assert len({asked.headers["x-request-id"] for asked in api.asked}) == 2
    assert {asked.headers["authorization"] for asked in api.asked} == {"Bearer t"}


def test_a_refusal_tells_its_fields_its_actions_and_where_the_log_has_it(client):
    action = {"action": "list-hosts", "arguments": {}}
    document = {
        "type": "/problems/invalid-request",
        "title": "The request is not valid",
        "detail": "cannot use the request: 1 fault was found; see errors",
        "advice": "Correct it.",
        "errors": [{"pointer": "/params/workers/0", "detail": "host n9 is not there"}],
        "actions": [action],
    }

    refused = Reply(422, document, {"X-Request-Id": "abc"})
    with answering(refused) as api, pytest.raises(Problem) as caught:
        client.ask(api.url, "request_change", "prod", CHANGE)

    problem = caught.value
    assert problem.type == "/problems/invalid-request"
    assert [(row.pointer, row.detail) for row in problem.errors] == [
        ("/params/workers/0", "host n9 is not there")
    ]
    assert (list(problem.actions), problem.advice) == ([action], "Correct it.")
    assert (str(problem), problem.request_id) == (document["detail"], "abc")


def test_the_page_of_a_proxy_is_not_taken_for_the_api(client):
    with answering(Reply(200, "<html>")) as api, pytest.raises(NotTheApi, match="is this the API"):
        client.ask(api.url, "show_job", "abab")


def test_nobody_listening_says_which_address_was_tried(client):
    with pytest.raises(Unreachable, match=r"cannot reach the API at http://127\.0\.0\.1:1"):
        client.ask("http://127.0.0.1:1", "show_job", "abab")


def test_what_an_address_names_is_quoted(client):
    with answering(JOB) as api:
        client.ask(api.url, "show_job", "../hosts?x")

    assert api.asked[0].path == "/v1/jobs/..%2Fhosts%3Fx"


@given(
    st.integers(1, 6),
    st.integers(100, 599),
    st.one_of(st.none(), st.integers(0, 100)),
    st.sampled_from([Call("GET", "/"), Call("POST", "/"), Call("DELETE", "/")]),
)
def test_only_what_passes_is_awaited_and_never_longer_than_patience_has_it(
    tried, status, asked, call
):
    patience = Patience()
    headers = {} if asked is None else {"Retry-After": str(asked)}

    seconds = patience.pause(call, tried, httpx.Response(status, headers=headers))

    if seconds is not None:
        assert status in PASSING
        assert tried <= patience.repeats
        assert 0 <= seconds <= patience.longest_seconds
        assert asked is None or seconds == asked
        assert call.method == "GET" or status == 429
