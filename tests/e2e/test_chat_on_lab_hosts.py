"""A command typed in a chat becomes nodes on lab hosts, and the one message of its job tells it."""

import json
import time
from urllib.parse import urlencode

import httpx
import payloads
import pytest
from chat_server import TOKEN, served
from chat_services import Slack
from polling import within
from reply_services import SlackReplies
from signed_requests import SECRETS, SIGNED

from workflows.hooks import secrets

RULES = """\
sources:
  chat:
    kind: slack
    clusters: "*"
    environments: [dev]
    kinds: [add-nodes]
    approve_within: 8
    people:
      "T1:U1": {name: jane, roles: [operator]}
      "T1:U2": {name: bob, roles: [approver]}
"""
SECRET = SECRETS["slack"][0]


@pytest.fixture
def slack():
    with served(Slack()) as found:
        yield found


@pytest.fixture
def hearing(stack):
    """A stack with a cluster of one node, which hears a chat."""
    formed = stack.post("prod", {"control_plane": ["n1"], "environment": "dev"}).json()["id"]
    assert stack.finish(formed)["status"] == "succeeded"
    answer = stack.client.put("/v1/rules", json={"text": RULES})
    assert answer.status_code in {200, 201}, answer.text
    secrets.add(stack.folder, "chat", SECRET.decode())
    return stack


def tell(stack, notifier, url, **more):
    told = {"name": "team", "notifier": notifier, "url": url, "settings": {"source": "chat"}}
    answer = stack.client.post("/v1/subscriptions", json=told | more)
    assert answer.status_code == 201, answer.text


@pytest.fixture
def chat(hearing, slack):
    """The same, and it tells the chat of jobs, by a bot."""
    tell(hearing, "slack", slack.url, secret=TOKEN)
    return hearing


def send(stack, body):
    """Send what Slack sends, without the token that the client of the tests has."""
    made = SIGNED["slack"](SECRET, time.time(), body)
    url = f"{stack.client.base_url}/v1/hooks/chat"
    answer = httpx.post(url, headers=dict(made.headers), content=made.body, timeout=60)
    assert answer.status_code == 200, answer.text
    return json.dumps(answer.json())


def typed(text, by, **more):
    fields = {"team_id": "T1", "user_id": by, "channel_id": "C1", "command": "/cluster"} | more
    return urlencode(fields | {"text": text, "trigger_id": f"{time.time()}.1.abc"}).encode()


def pressed(value, by, **more):
    return payloads.slack_payload(
        {
            "type": "block_actions",
            "team": {"id": "T1"},
            "user": {"id": by},
            "channel": {"id": "C1"},
            "trigger_id": f"{time.time()}.2.def",
            "actions": [{"type": "button", "action_id": "any", "value": value}],
        }
        | more
    )


@pytest.mark.slow
def test_a_worker_asked_for_in_a_chat_and_approved_by_a_button_joins_and_is_told_of(chat, slack):
    began = time.monotonic()
    answered = send(chat, typed("add worker n2 to prod", "U1"))
    assert time.monotonic() - began < 3
    assert "awaiting-approval" in answered
    within(lambda: slack.posts == 1, "the message to be posted")
    assert "approve" in slack.buttons(slack.only)

    send(chat, pressed(slack.buttons(slack.only)["approve"], "U2"))
    within(lambda: "succeeded" in slack.text(slack.only), "the end to be told")

    text = slack.text(slack.only)
    assert "asked for by jane, approved by bob" in text
    assert "voters alive" in text
    assert "n2" in text.partition("workers")[2]  # in the drawing
    assert slack.buttons(slack.only) == {}
    assert slack.posts == 1
    assert slack.edits >= 2
    steps = [json.loads(one.body) for one in slack.requests if one.path == "/chat.update"]
    assert any("▶" in json.dumps(one, ensure_ascii=False) for one in steps)


@pytest.mark.slow
def test_without_a_bot_a_worker_asked_for_in_a_chat_is_told_of_by_the_addresses_that_came(hearing):
    with served(SlackReplies()) as slack:
        tell(hearing, "slack-replies", slack.url)
        first, second = slack.address(), slack.address()
        answer = send(hearing, typed("add worker n2 to prod", "U1", response_url=first))
        button = slack.buttons(json.loads(answer))["approve"]
        send(hearing, pressed(button, "U2", response_url=second))

        within(lambda: slack.posted and "succeeded" in slack.text(slack.posted[-1]), "the end")

        typed_at, pressed_at = slack.got.values()
        assert typed_at == [], "whoever agreed in the same channel is told in its place"
        assert 1 <= len(pressed_at) <= 3
        assert all(message["replace_original"] for message in pressed_at)
        text = slack.text(pressed_at[-1])
        assert "asked for by jane, approved by bob" in text
        assert "n2" in text.partition("workers")[2]  # in the drawing
        assert slack.refused == 0
