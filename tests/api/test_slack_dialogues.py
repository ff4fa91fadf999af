"""A command that is typed into a dialogue of Slack is read as one that is typed into a channel."""

import time

import payloads
import pytest
from chatting import EVE, JANE, TEAM, newest
from signed_requests import SIGNED


def values(*texts):
    return {
        f"block{number}": {"field": {"type": "plain_text_input", "value": text}}
        for number, text in enumerate(texts)
    }


@pytest.fixture
def chat(open_chat):
    return open_chat("slack")


@pytest.fixture
def submit(chat):
    """Return a function that fills in the dialogue, and returns Slack's own answer."""

    def fill(*texts, by=JANE, callback="clusterwright", number=1, fields=None):
        document = {
            "type": "view_submission",
            "team": {"id": TEAM},
            "user": {"id": by, "username": "jane"},
            "trigger_id": f"{number}.9.abc",
            "view": {
                "callback_id": callback,
                "state": {"values": values(*texts) if fields is None else fields},
            },
        }
        body = payloads.slack_payload(document)
        return chat.send(SIGNED["slack"](chat.secret, time.time(), body))

    return fill


def shown(answer):
    """Return what the dialogue shows then."""
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert set(document) == {"response_action", "view"}
    assert document["response_action"] == "update"
    assert document["view"]["type"] == "modal"
    assert document["view"]["title"]["type"] == "plain_text"
    blocks = document["view"]["blocks"]
    assert blocks
    return "\n".join(block["text"]["text"] for block in blocks if "text" in block)


def test_what_is_typed_is_answered_in_the_place_of_the_dialogue(submit):
    told = shown(submit("status prod"))

    assert "n1" in told
    assert "quorum" in told


def test_a_change_makes_one_job_however_often_the_dialogue_is_delivered(submit, ledger):
    before = len(ledger.jobs())

    first, again = submit("change verify prod"), submit("change verify prod")

    assert shown(first) == shown(again)
    assert len(ledger.jobs()) == before + 1
    assert newest(ledger).requested_by == "chat:sender:jane"


def test_who_may_not_and_what_is_no_command_are_told_so(submit, ledger):
    before = len(ledger.jobs())

    assert "operator" in shown(submit("add worker n2 to prod", by=EVE))
    assert "help" in shown(submit("make me a sandwich", number=2))
    assert len(ledger.jobs()) == before


def test_another_dialogue_is_an_event_for_rules(submit):
    answer = submit("status prod", callback="add-nodes")

    assert answer.status_code == 200
    assert "response_action" not in answer.json()


@pytest.mark.parametrize(
    "fields",
    [{}, values("status prod", "status test"), [], {"b": []}, {"b": {"f": {"value": 1}}}, None],
)
def test_a_dialogue_without_one_text_is_an_event_for_rules_too(submit, ledger, fields):
    answer = submit(fields=fields if fields is not None else "none")

    assert answer.status_code == 200
    assert "response_action" not in answer.json()
