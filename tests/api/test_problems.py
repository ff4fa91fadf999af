"""Every error is a problem document that says what to do next."""

import re

import pytest
import redis.exceptions
from api_requests import CHANGES, change

from api.app import create_app
from api.http.problem_types import PROBLEM_TYPES
from api.http.problems import PROBLEMS
from workflows.process.settings import Settings

JSON = "application/json"
CASES = {
    "malformed": ("POST", CHANGES, "{", JSON, 400, "malformed-json"),
    "empty": ("POST", CHANGES, "", JSON, 400, "malformed-json"),
    "not UTF-8": ("POST", CHANGES, b"\xff\xfe", JSON, 400, "malformed-json"),
    "NaN": ("POST", CHANGES, '{"kind": NaN}', JSON, 400, "malformed-json"),
    "a key twice": ("POST", CHANGES, '{"kind": 1, "kind": 2}', JSON, 400, "malformed-json"),
    "nested deeply": ("POST", CHANGES, "[" * 60_000, JSON, 400, "malformed-json"),
    "a huge number": ("POST", CHANGES, "9" * 60_000, JSON, 400, "malformed-json"),
    "null": ("POST", CHANGES, "null", JSON, 422, "invalid-request"),
    "no route": ("GET", "/v1/nope", None, None, 404, "not-found"),
    "no such page": ("GET", "/problems/nope", None, None, 404, "not-found"),
    "method": ("DELETE", "/v1/jobs", None, None, 405, "method-not-allowed"),
    "too large": ("POST", CHANGES, " " * 65_537, JSON, 413, "too-large"),
    "too large and ignored": ("GET", "/v1/jobs", " " * 65_537, JSON, 413, "too-large"),
    "a form": (
        "POST",
        CHANGES,
        "kind=x",
        "application/x-www-form-urlencoded",
        415,
        "unsupported-media-type",
    ),
    "no type": ("POST", CHANGES, "{}", None, 415, "unsupported-media-type"),
}


@pytest.mark.parametrize(
    ("method", "path", "data", "content_type", "status", "word"), CASES.values(), ids=CASES
)
def test_whatever_goes_wrong_is_told_as_a_problem(
    client, method, path, data, content_type, status, word
):
    answer = client.open(path, method=method, data=data, content_type=content_type)

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["type"] == f"/problems/{word}"
    assert answer.json["instance"] == path
    assert answer.json["detail"].startswith("cannot ")
    assert answer.json["advice"]


def test_a_method_that_is_not_allowed_comes_with_those_that_are(client):
    answer = client.post("/v1/hosts/n1")

    assert {"GET", "PUT", "DELETE"} <= set(answer.headers["Allow"].split(", "))


def test_a_body_of_exactly_the_largest_size_is_read(client):
    answer = client.post(CHANGES, data=b" " * 65_536, content_type=JSON)

    assert answer.json["type"] == "/problems/malformed-json"


def test_a_defect_is_logged_and_never_shown(app, client, job, monkeypatch, caplog):
    ledger = app.extensions["clusterwright"].ledger
    monkeypatch.setattr(type(ledger), "job", lambda *_: {}["secret detail"])

    answer = client.get(f"/v1/jobs/{job}", headers={"X-Request-Id": "look-for-me"})

    assert (answer.status_code, answer.json["type"]) == (500, "/problems/internal")
    assert answer.json["request_id"] == "look-for-me"
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    assert "look-for-me" in caplog.text
    assert "secret detail" in caplog.text


def test_redis_that_is_down_is_told(tmp_path, token):
    app = create_app(Settings(tmp_path, f"unix://{tmp_path}/none.sock?db=0"))

    answer = app.test_client().get("/v1/jobs", headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json["type"]) == (503, "/problems/redis-unavailable")
    assert answer.headers["Retry-After"] == "5"


def test_a_broker_that_is_lost_after_the_job_was_stored_is_told(client, ledger, monkeypatch):
    def lost(*_):
        raise redis.exceptions.ConnectionError("gone")

    monkeypatch.setattr("workflows.submit.publish", lost)

    answer = client.post(CHANGES, json=change())

    assert (answer.status_code, answer.json["type"]) == (503, "/problems/redis-unavailable")
    assert len(ledger.jobs()) == 1  # the reconciler publishes it


@pytest.mark.parametrize("word", PROBLEMS)
def test_the_type_of_every_problem_leads_to_a_page_that_explains_it(anonymous, word):
    kind = PROBLEMS[word]

    page = anonymous.get(kind.uri)

    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert kind.title in page.text
    listed = anonymous.get("/problems/").text
    assert f'href="{kind.uri}"' in listed
    assert re.fullmatch(r"[a-z-]+", word)


def test_no_two_types_of_problems_have_one_word():
    assert len(PROBLEM_TYPES) == len(PROBLEMS)
