"""What is typed in a chat on trial: how it is understood, who it is, and nothing happens."""

import pytest
from chatting import CHATS, EVE, JANE, NOBODY

EVERY_CHAT = pytest.mark.parametrize("kind", CHATS)


@EVERY_CHAT
def test_a_trial_tells_what_would_be_understood_and_who_it_is(
    open_chat, client, token, ledger, kind
):
    chat = open_chat(kind)
    before = len(ledger.jobs())

    def tried(text, by):
        request = chat.typed(text, by)
        headers = {**request.headers, "Authorization": f"Bearer {token}"}
        answer = client.post("/v1/hooks/sender/test", headers=headers, data=request.body)
        assert answer.status_code == 200, answer.text
        [event] = answer.json["events"]
        return event

    jane, eve, nobody, wrong = (
        tried("please add worker n2 to prod", JANE),
        tried("add worker n2 to prod", EVE),
        tried("add worker n2 to prod", NOBODY),
        tried("ad worker n2 to prod", JANE),
    )

    assert jane["chat"] == {
        "identity": "T1:U1",
        "person": "jane",
        "roles": ["operator"],
        "command": "change add-nodes prod workers=n2",
        "because": "jane asks for this: change add-nodes prod workers=n2",
        "allowed": True,
    }
    assert (jane["change"]["kind"], jane["allowed"]) == ("add-nodes", True)
    assert "needs the role operator" in eve["because"]
    assert (eve["change"], eve["chat"]["allowed"]) == (None, False)
    assert "nobody here is known" in nobody["because"]
    assert wrong["chat"]["command"] is None
    assert "did you mean add?" in wrong["because"]
    assert len(ledger.jobs()) == before


def test_rules_tell_who_is_named_and_explain_what_is_written(open_chat, client):
    open_chat("slack")
    event = {
        "type": "slash_command",
        "data": {"team_id": "T1", "user_id": "U1", "text": "verify prod"},
    }

    [source] = client.get("/v1/rules").json["sources"]
    told = client.post("/v1/rules/explain", json={"source": "sender", "event": event}).json

    assert source["people"][0] == {
        "identity": "T1:U1",
        "name": "jane",
        "roles": ["operator"],
        "clusters": "*",
        "environments": ["dev", "prod", "staging"],
    }
    assert told["chat"]["command"] == "change verify prod"
    assert told["change"]["kind"] == "verify"
