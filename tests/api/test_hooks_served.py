"""Hooks over live HTTP: what is known to be signed right, and twenty equal requests at once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from hook_rules import apply, rule_text, trust
from signature_vectors import VECTORS
from signed_requests import SECRETS, SIGNED
from werkzeug.serving import make_server

from api.http.body_faults import LARGEST_EVENT
from workflows.ledger.ledger import Ledger

MANY = 20


@pytest.fixture
def url(app, port):
    """Where the application is served, by threads of this process."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    thread.join()
    server.server_close()


def post(url, body, headers):
    # A client that adds no headers which could be taken for the sender's.
    return httpx.post(url, content=body, headers=dict(headers), timeout=90, trust_env=False)


@pytest.mark.parametrize(("kind", "secret", "body", "at", "headers"), VECTORS)
def test_a_signature_that_is_known_to_be_right_is_believed_and_no_other_is(
    client, inventory, settings, url, monkeypatch, kind, secret, body, at, headers
):
    apply(client, rule_text(kind))
    trust(settings, secret=secret)
    monkeypatch.setattr("api.hooks.now", lambda: float(at))
    hook = f"{url}/v1/hooks/sender"

    assert post(hook, body, headers).status_code != 401
    assert post(hook, body + b" ", headers).status_code == 401


def test_the_same_event_twenty_times_at_once_is_one_job_and_twenty_equal_answers(
    client, redis, inventory, settings, url
):
    apply(client, rule_text("github"))
    trust(settings)
    made = SIGNED["github"](SECRETS["github"][0], time.time())

    with ThreadPoolExecutor(MANY) as pool:
        hook = f"{url}/v1/hooks/sender"
        answers = list(pool.map(lambda _: post(hook, made.body, made.headers), range(MANY)))

    [job] = Ledger(redis).jobs()
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.headers["Location"] for answer in answers} == {f"/v1/jobs/{job.id}"}
    assert len({answer.content for answer in answers}) == 1
    counted = client.get("/metrics").text
    assert f'hook_events_total{{outcome="job",sender="sender"}} {MANY}.0' in counted


@pytest.mark.parametrize("more", [0, 1])
def test_a_body_that_does_not_tell_its_length_is_taken_whole_or_not_at_all(
    client, inventory, settings, url, ledger, more
):
    apply(client, rule_text("servicenow"))
    trust(settings)
    event = b'{"event": "approved"}'
    pieces = [event, b" " * (LARGEST_EVENT - len(event)), b"x" * more]
    headers = {"Authorization": f"Bearer {SECRETS['github'][0].decode()}"}

    answer = post(f"{url}/v1/hooks/sender", iter(filter(None, pieces)), headers)

    assert answer.status_code == (413 if more else 202)
    assert len(ledger.jobs()) == (0 if more else 1)
