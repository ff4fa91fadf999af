"""One line for each request, and the trace that leads from it to the job."""

import json
import logging

import pytest
from api_requests import CHANGES, change

from api.http import request_log
from workflows.process import logs
from workflows.process.tracing import received

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SENT = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}


class Lines(logging.Handler):
    """Keeps the lines as the server would write them."""

    def __init__(self):
        super().__init__()
        self.setFormatter(logs.JsonLines())
        self.texts = []

    def emit(self, record):
        self.texts.append(self.format(record))

    def of(self, name):
        found = [json.loads(text) for text in self.texts]
        return [record for record in found if record["logger"] == name]

    def requests(self):
        return self.of("api.http.request_log")


@pytest.fixture
def lines():
    handler = Lines()
    root, own = logging.getLogger(), logging.getLogger("api.http.request_log")
    before = own.level
    root.addHandler(handler)
    own.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    own.setLevel(before)


def test_a_change_is_told_with_who_asked_and_which_job_it_became(client, inventory, lines, token):
    answer = client.post(
        f"{CHANGES}?secret=1", json=change(), headers={**SENT, "X-Request-Id": "ticket-7"}
    )

    (record,) = lines.requests()
    assert record.pop("ms") > 0
    assert record.pop("time")
    assert record == {
        "level": "info",
        "logger": "api.http.request_log",
        "message": f"POST {CHANGES}: 202",
        "job": answer.json["id"],
        "trace_id": TRACE,
        "method": "POST",
        "path": CHANGES,
        "status": 202,
        "remote": "127.0.0.1",
        "token_id": token.split("_")[1],
        "request_id": "ticket-7",
    }


def test_reads_are_told_only_when_asked_for(client, job, lines):
    client.get(f"/v1/jobs/{job}")
    quiet = lines.requests()
    request_log.every_request()

    client.get(f"/v1/jobs/{job}")

    assert quiet == []
    (record,) = lines.requests()
    assert (record["level"], record["path"], record["job"]) == ("debug", f"/v1/jobs/{job}", job)


@pytest.mark.parametrize(
    ("path", "level"),
    [("/v1/nope", "info"), ("/readyz", "warning")],
    ids=["not found", "not ready"],
)
def test_reads_that_fail_are_told(client, lines, path, level):
    client.get(path)

    assert [record["level"] for record in lines.requests()] == [level]


def test_no_secret_gets_into_a_line_by_path_query_or_header(client, lines, token):
    join_token = "0123456789abcdef" * 2
    request_log.every_request()  # the line of a wrong token too

    client.get(f"/v1/jobs/{join_token}?wait={token}", headers={"X-Request-Id": token})
    client.get(f"/v1/jobs/{join_token}")
    client.post(f"/v1/jobs/{join_token}/cancel")
    client.post(f"/v1/hosts/{token}", headers={"Authorization": f"Bearer {token}x"})

    text = "".join(lines.texts)
    assert [record["status"] for record in lines.requests()] == [422, 404, 404, 401]
    assert join_token not in text
    assert token.split("_", 2)[2] not in text


def test_what_has_no_token_fills_no_log(anonymous, lines):
    anonymous.get("/v1/jobs")

    assert lines.requests() == []


def test_a_defect_is_told_with_its_traceback_and_the_request_it_belongs_to(app, client, lines):
    @app.before_request
    def break_it():
        raise ValueError("0123456789abcdef" * 2)

    client.get("/v1/jobs", headers=SENT | {"X-Request-Id": "ticket-7"})

    (record,) = lines.of("api.http.errors")
    assert (record["request_id"], record["trace_id"]) == ("ticket-7", TRACE)
    assert "ValueError: *MASKED*" in record["exc_info"]
    assert lines.requests()[0]["level"] == "error"


def test_the_trace_of_a_change_is_stored_with_its_job_and_answered(client, inventory, ledger):
    answer = client.post(CHANGES, json=change(), headers=SENT)

    job = ledger.job(answer.json["id"])
    assert (job.trace_id, answer.json["trace_id"]) == (TRACE, TRACE)
    assert received(answer.headers["traceparent"]) == (TRACE, "01")
    assert answer.headers["traceparent"] != SENT["traceparent"]
    assert ledger.tail(job.id).trace_id == TRACE


@pytest.mark.parametrize("sent", [None, "rubbish", f"00-{'0' * 32}-00f067aa0ba902b7-01"])
def test_a_change_without_a_valid_trace_begins_one(client, inventory, sent):
    answer = client.post(CHANGES, json=change(), headers={"traceparent": sent} if sent else {})

    made = answer.json["trace_id"]
    assert received(answer.headers["traceparent"]) == (made, "00")
    assert received(f"00-{made}-00f067aa0ba902b7-01")


def test_a_repeated_change_is_answered_with_the_trace_of_the_job_that_is_kept(client, inventory):
    first = client.post(CHANGES, json=change(), headers=SENT | {"Idempotency-Key": "k"})

    same_job = client.post(CHANGES, json=change())
    replayed = client.post(CHANGES, json=change(), headers={"Idempotency-Key": "k"})

    assert same_job.json["trace_id"] == TRACE
    assert received(same_job.headers["traceparent"])[0] == TRACE
    assert replayed.json["id"] == first.json["id"]
    assert received(replayed.headers["traceparent"])[0] == TRACE


@pytest.mark.parametrize("path", ["/healthz", "/v1/jobs", "/v1/nope"])
def test_every_answer_names_the_trace_of_its_request(client, path):
    answer = client.get(path, headers=SENT)

    assert received(answer.headers["traceparent"])[0] == TRACE


def test_a_body_that_is_too_large_is_told_too(client, lines):
    answer = client.post(CHANGES, data=b"x" * (300 * 1024), content_type="application/json")

    assert answer.status_code == 413
    assert [record["status"] for record in lines.requests()] == [413]
    assert received(answer.headers["traceparent"])
