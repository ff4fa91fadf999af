"""The API is killed in the moment in which it has accepted an event, and queued nothing yet."""

import signal
import time
from pathlib import Path

import httpx
import pytest
from hook_rules import rule_text
from signed_requests import SECRETS, SIGNED
from stack import free_port, poll

from workflows.hooks import secrets

DYING = str(Path(__file__).parent / "dying_api.py")
SOURCE = "github"


@pytest.fixture
def dying(stack):
    """The address of a second API, which ends itself before it queues anything."""
    port = free_port()
    bind, url = f"127.0.0.1:{port}", f"http://127.0.0.1:{port}"
    stack.spawn("dying-api", DYING, "--bind", bind, "--workers", "1")
    poll(lambda: answers(f"{url}/readyz"), seconds=150, what="the second API to be ready")
    yield url
    assert stack.processes.pop("dying-api").wait(timeout=60) == -signal.SIGKILL


def answers(url):
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


def send(url, made):
    path = f"{url}/v1/hooks/sender"
    return httpx.post(path, headers=dict(made.headers), content=made.body, timeout=250)


def test_an_event_that_was_accepted_by_an_api_killed_before_queueing_is_carried_out_once(
    stack, dying
):
    answer = stack.client.put("/v1/rules", json={"text": rule_text(SOURCE)})
    assert answer.status_code in {200, 201}, answer.text
    secrets.add(stack.folder, "sender", SECRETS[SOURCE][0].decode())
    made = SIGNED[SOURCE](SECRETS[SOURCE][0], time.time())

    with pytest.raises(httpx.TransportError):
        send(dying, made)

    [accepted] = stack.client.get("/v1/jobs").json()["jobs"]
    again = send(stack.client.base_url, made)
    assert again.status_code == 202, again.text
    assert again.json()["events"][0]["job"] == accepted["id"]
    assert stack.finish(accepted["id"])["status"] == "succeeded"
    assert len(stack.client.get("/v1/jobs").json()["jobs"]) == 1
