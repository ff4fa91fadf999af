"""The ticket system and the chat of the demo's story refuse what the real ones would refuse."""

import base64
import json

import httpx
import pytest
from answered_documents import job, step
from answering_api import answering

from cli.client import Client
from cli.story import chat, ticket_system
from cli.story.outcome import NotAsTold, finished

FAILED = job(step("join", "w-2", status="failed"), status="failed", finished_for_now=True)


def section(text):
    return [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]


BLOCKS = section("*▶ add-nodes demo*\nall is well")


@pytest.fixture
def told():
    return []


@pytest.fixture
def ticket(told):
    system = ticket_system.TicketSystem(told.append, state="Approved")
    system.server.start()
    yield system
    system.server.stop()


@pytest.fixture
def channel(told):
    found = chat.Chat(told.append)
    found.server.start()
    yield found
    found.server.stop()


def ask(system, method, path, body=None, secret=ticket_system.TOKEN):
    pair = base64.b64encode(f"{ticket_system.USER}:{secret}".encode()).decode()
    url = f"{system.server.url}{ticket_system.ISSUE}{path}"
    headers = {"Authorization": f"Basic {pair}"}
    return httpx.request(method, url, json=body, headers=headers, trust_env=False)


def post(service, method, token=chat.TOKEN, **body):
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{service.server.url}/api/{method}"
    return httpx.post(url, json=body, headers=headers, trust_env=False).json()


def test_the_ticket_system_takes_nothing_from_a_stranger(ticket, told):
    answer = ask(ticket, "POST", "/comment", {"body": "hello"}, secret="another")  # is none

    assert (answer.status_code, ticket.comments, told) == (401, [], [])


def test_a_ticket_takes_only_the_transitions_that_it_offers(ticket, told):
    offered = ask(ticket, "GET", "/transitions").json()["transitions"]
    assert [row["name"] for row in offered] == ["In Progress"]

    assert ask(ticket, "POST", "/transitions", {"transition": {"id": "21"}}).status_code == 400
    assert ask(ticket, "POST", "/transitions", {"transition": {"id": "11"}}).status_code == 204
    assert ticket.state == "In Progress"
    assert told == ["OPS-42 moves from Approved to In Progress"]


def test_a_ticket_takes_files_only_in_a_form_that_no_browser_has_sent(ticket):
    assert ask(ticket, "POST", "/attachments", {}).status_code == 403
    assert ask(ticket, "GET", "/unknown").status_code == 404


@pytest.mark.parametrize(
    ("method", "body", "error"),
    [
        ("chat.postMessage", {"token": "another"}, "invalid_auth"),
        ("chat.postMessage", {"channel": "C9"}, "channel_not_found"),
        ("chat.postMessage", {"blocks": []}, "invalid_blocks"),
        ("chat.update", {"ts": "1.1"}, "message_not_found"),
        ("chat.delete", {}, "unknown_method"),
    ],
)
def test_the_chat_answers_what_it_does_not_take_as_slack_does(channel, told, method, body, error):
    asked = {"channel": chat.CHANNEL, "blocks": BLOCKS} | body

    assert post(channel, method, **asked) == {"ok": False, "error": error}
    assert (channel.messages, told) == ({}, [])


def test_a_message_that_is_edited_is_told_of_once_for_each_title(channel, told):
    name = post(channel, "chat.postMessage", channel=chat.CHANNEL, blocks=BLOCKS)["ts"]
    for text in ("*▶ add-nodes demo*\nstill", "*✓ add-nodes demo*"):
        edited = {"channel": chat.CHANNEL, "ts": name, "blocks": section(text)}
        assert post(channel, "chat.update", **edited)["ok"]

    assert channel.messages[name].edits == 2
    assert told == [
        "a message in #clusters: ▶ add-nodes demo",
        "the same message, edited: ✓ add-nodes demo",
    ]


def test_a_job_that_ends_otherwise_than_told_ends_the_story():
    path = f"/v1/jobs/{FAILED['id']}"
    with answering(**{path: (200, FAILED)}) as api, Client(api.url, "t") as client:
        assert finished(client, FAILED["id"], "failed")["status"] == "failed"
        with pytest.raises(NotAsTold, match=r"cannot go on with the story: job .* is failed"):
            finished(client, FAILED["id"], "succeeded")


def test_documents_are_read_as_json_alone(ticket):
    pair = base64.b64encode(f"{ticket_system.USER}:{ticket_system.TOKEN}".encode()).decode()
    url = f"{ticket.server.url}{ticket_system.ISSUE}/comment"
    for kind, status in (("text/plain", 415), ("application/json", 400)):
        headers = {"Authorization": f"Basic {pair}", "Content-Type": kind}
        content = json.dumps({"body": "x"})[:-1]
        assert httpx.post(url, content=content, headers=headers).status_code == status
