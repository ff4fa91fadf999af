"""What a chat is told, in the form of each, and how what is typed may go on."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.chat.answers import BUTTON_SECONDS, Said, Way, button_of, buttons_for
from workflows.chat.completion import MOST, Names, complete
from workflows.chat.grammar import parse
from workflows.chat.people import CHATS
from workflows.hooks.signing.button_contexts import place_of_context_signer
from workflows.hooks.sources import SOURCES

JOB, DIGEST = "1a2b3c4d" * 4, "sha256:" + "0123456789abcdef" * 4
NOW = time.time()
EVERY_CHAT = pytest.mark.parametrize("kind", sorted(CHATS))
WAY = Way("http://127.0.0.1/v1/hooks/chat", b"a-secret")
EVIL = "<!channel> @here <@U1> [x](http://evil) ![i](http://evil) ``` **b** & </pre>"


def said(text="as it is", **more):
    return Said(text, **more)


def buttons(*can):
    return buttons_for(JOB, can, DIGEST, 3, at=NOW, nonce="ab12cd34")


def answered(kind, answer):
    return SOURCES[kind].answer(answer, WAY).body


def test_the_chats_are_the_kinds_of_senders_that_hear_people():
    assert {name for name, source in SOURCES.items() if source.heard} == CHATS
    assert all(SOURCES[name].answer for name in CHATS)


@EVERY_CHAT
def test_what_others_have_written_mentions_nobody_and_is_no_link(kind):
    text, drawing = parts(answered(kind, said(EVIL, drawing=EVIL)))

    if kind in {"slack", "teams"}:  # whose marks all begin with this sign
        assert "<" not in text + drawing
    else:
        assert "@here" not in text + drawing  # there, @ is enough for a mention
        assert r"\[x\](" in text
        assert r"\!\[i\](" in text
        assert r"\<\!channel\>" in text
        assert "```" not in drawing
    if kind == "discord":
        assert answered(kind, said(EVIL))["data"]["allowed_mentions"] == {"parse": []}


def parts(body):
    """Return the text and the drawing of an answer, without what is the chat's own."""
    if "blocks" in body:
        text, drawing = (block["text"]["text"] for block in body["blocks"])
        return text, drawing
    whole = body["data"]["content"] if "data" in body else body["text"]
    if "<pre>" in whole:
        text, _, drawing = whole.partition("<br><pre>")
        return text, drawing.removesuffix("</pre>")
    text, drawing, _ = whole.replace("\n```", "\0").split("\0")
    return text, drawing


@EVERY_CHAT
def test_a_drawing_ends_where_it_ends(kind):
    body = answered(kind, said(drawing="a```b"))

    if kind == "teams":
        assert "<pre>a```b</pre>" in body["text"]
    else:
        assert json.dumps(body).count("```") == 2


@EVERY_CHAT
def test_who_has_asked_is_told_alone_unless_all_are_meant(kind):
    alone, all_of_them = answered(kind, said()), answered(kind, said(for_all=True))

    if kind == "discord":
        assert alone["data"]["flags"] == 64
        assert "flags" not in all_of_them["data"]
    elif kind != "teams":  # which has one way only
        assert alone["response_type"] == "ephemeral"
        assert all_of_them["response_type"] == "in_channel"


def test_buttons_of_slack_bring_back_what_a_button_is():
    body = answered("slack", said(buttons=buttons("approve", "reject", "cancel")))

    *_, row = body["blocks"]
    assert [button_of(one["value"]) for one in row["elements"]] == list(
        buttons("approve", "reject", "cancel")
    )
    assert [one.get("style") for one in row["elements"]] == ["primary", None, "danger"]


def test_buttons_of_mattermost_are_signed_by_us_each_for_itself():
    body = answered("mattermost", said(buttons=buttons("approve", "reject")))

    [attachment] = body["props"]["attachments"]
    contexts = [one["integration"]["context"] for one in attachment["actions"]]
    assert {one["integration"]["url"] for one in attachment["actions"]} == {WAY.url}
    assert [place_of_context_signer(one, [b"x", b"a-secret"], NOW) for one in contexts] == [1, 1]
    assert len({one["nonce"] for one in contexts}) == 2
    assert [button_of(one["pressed"]).verb for one in contexts] == ["approve", "reject"]


def test_buttons_of_discord_fit_into_what_it_takes():
    verbs = ("approve", "reject", "retry", "rollback", "cancel")
    body = answered("discord", said("x" * 3000, drawing="y" * 3000, buttons=buttons(*verbs)))

    [row] = body["data"]["components"]
    assert len(row["components"]) == 5
    assert all(len(one["custom_id"]) <= 100 for one in row["components"])
    assert len(body["data"]["content"]) <= 2000


def test_a_long_answer_keeps_the_address_and_closes_its_drawing():
    link = "http://127.0.0.1/jobs/1"
    discord = answered("discord", said(drawing="y" * 3000, link=link))["data"]["content"]
    slack = answered("slack", said(drawing="y" * 9000, link=link))["blocks"]

    assert discord.endswith(f"```\n{link}")
    assert all(len(block["text"]["text"]) <= 3000 for block in slack)
    assert slack[-1]["text"]["text"].endswith("```")


def test_teams_opens_the_page_and_presses_nothing():
    link = "http://127.0.0.1/jobs/1"
    body = answered("teams", said("one\ntwo", link=link, buttons=buttons("approve")))

    [card] = body["attachments"]
    assert card["content"]["actions"] == [
        {"type": "Action.OpenUrl", "title": "Open the page", "url": link}
    ]
    assert body["text"] == f"one<br>two<br>{link}"


def test_an_answer_is_the_same_after_it_was_kept():
    answer = said(drawing="d", link="l", buttons=buttons("retry"), for_all=True)

    assert Said.from_dict(json.loads(json.dumps(answer.as_dict()))) == answer


def test_a_button_is_good_for_its_time():
    [button] = buttons("retry")

    assert button.expires == int(NOW) + BUTTON_SECONDS
    assert button_of(button.written) == button


@given(
    st.text(max_size=60) | st.lists(st.text("0123456789abcdef.retry", max_size=40)).map(".".join)
)
def test_what_is_no_button_of_ours_is_none(text):
    found = button_of(text)

    assert found is None or found.written.count(".") == 5


NAMES = Names(["prod", "test-a"], ["n1", "n2"], [JOB[:8]])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("st", ["status"]),
        ("status ", ["status prod", "status test-a"]),
        ("status t", ["status test-a"]),
        ("add ", ["add worker", "add control-plane"]),
        ("add worker n1", []),
        ("add worker n1 t", ["add worker n1 to"]),
        ("add worker n1 to p", ["add worker n1 to prod"]),
        ("plan remove n2 from ", ["plan remove n2 from prod", "plan remove n2 from test-a"]),
        ("change ma", ["change maintain"]),
        ("change maintain p", ["change maintain prod"]),
        ("maintain prod pa", ["maintain prod packages="]),
        ("approve ", [f"approve {JOB[:8]}"]),
        ("quorum ", ["quorum prod", "quorum test-a"]),
        ("quorum prod i", ["quorum prod if"]),
        ("quorum prod if rem", ["quorum prod if remove", "quorum prod if remove-dead"]),
        ("quorum prod if remove n1 an", ["quorum prod if remove n1 and"]),
        ("whoami ", []),
        ("xyzzy ", []),
    ],
)
def test_what_is_typed_may_go_on(text, found):
    assert complete(text, NAMES) == found


@given(st.text(max_size=60))
def test_whatever_is_typed_is_completed_or_not(text):
    found = complete(text, NAMES)

    assert len(found) <= MOST
    assert all(isinstance(one, str) for one in found)


def test_going_on_with_the_first_candidates_ends_in_a_command():
    text = ""
    for word in ("add", "worker", "n1", "to", "prod"):
        [*before, last] = complete(f"{text} {word[:-1]}".strip(), NAMES) or [f"{text} {word}"]
        text = next(one for one in [*before, last] if one.split()[-1] == word)

    assert parse(text).params["workers"] == ["n1"]
