"""One trace from a request to its job, its messages, its records and the answers."""

import json
from base64 import b64decode

import pytest
from api_requests import CHANGES, change

from workflows.process.tracing import received
from workflows.queue import QUEUE_KEYS

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SENT = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}


@pytest.fixture
def answer(client, inventory):
    return client.post(CHANGES, json=change(), headers=SENT)


def trace_of(header):
    return received(header)[0]


def messages(redis):
    return [json.loads(row) for row in redis.lrange(f"{QUEUE_KEYS}default", 0, -1)]


def test_the_trace_of_a_request_is_that_of_its_job_and_of_the_answer(client, answer):
    assert answer.json["trace_id"] == TRACE
    assert trace_of(answer.headers["traceparent"]) == TRACE
    assert client.get(f"/v1/jobs/{answer.json['id']}").json["trace_id"] == TRACE


def test_a_message_carries_it_and_so_do_those_that_follow_it(answer, redis):
    (message,) = messages(redis)
    _, _, embedded = json.loads(b64decode(message["body"]))

    assert trace_of(message["headers"]["traceparent"]) == TRACE
    following = embedded["chain"]
    assert len(following) == len(answer.json["steps"]) - 1
    for step in following:
        assert trace_of(step["options"]["headers"]["traceparent"]) == TRACE


def test_a_job_of_no_callers_trace_has_one_of_its_own_in_its_messages_too(client, job, redis):
    own = client.get(f"/v1/jobs/{job}").json["trace_id"]

    assert {trace_of(each["headers"]["traceparent"]) for each in messages(redis)} == {own}


def test_a_verb_has_the_trace_of_its_own_request_in_the_answer_and_the_audit_log(client, answer):
    verb = "11" * 16

    told = client.post(
        f"/v1/jobs/{answer.json['id']}/cancel",
        headers={"traceparent": f"00-{verb}-00f067aa0ba902b7-01"},
    )

    assert trace_of(told.headers["traceparent"]) == verb
    newest, former = client.get("/v1/audit").json["records"]
    assert (newest["trace_id"], former["trace_id"]) == (verb, TRACE)
    assert told.json["trace_id"] == TRACE


def test_what_is_refused_is_answered_with_the_trace_and_the_number_of_the_request(anonymous):
    refused = anonymous.get("/v1/jobs", headers=SENT | {"X-Request-Id": "mine-7"})

    assert refused.status_code == 401
    assert trace_of(refused.headers["traceparent"]) == TRACE
    assert refused.headers["X-Request-Id"] == "mine-7"
