"""docs/how-to/chat.md: its table is the grammar, and its example leads to what it says."""

import json
from datetime import UTC, datetime

from pages import code_blocks, read, rows, section

from cluster.spec import Environment
from workflows.access import Permission, allowed
from workflows.chat.answers import BUTTON_SECONDS
from workflows.chat.commands import FOR_ANYBODY, USAGES, Help, Status, WhoAmI
from workflows.chat.grammar import parse, printed
from workflows.chat.people import CHATS, principal_of
from workflows.hooks.received import Event
from workflows.hooks.rules.rule_file import read_rules
from workflows.hooks.rules.verdicts import decide
from workflows.hooks.sources import SOURCES

PAGE = read("docs/how-to/chat.md")


def test_the_table_is_the_grammar():
    table = section(PAGE, "## What can be typed").replace(r"\|", "/")

    documented = [tuple(cell.strip("`") for cell in row) for row in rows(table)]

    assert documented == [
        (usage.form.replace("|", "/"), usage.summary, usage.example) for usage in USAGES.values()
    ]


def test_the_table_of_people_names_every_chat():
    documented = {row[0].strip("`") for row in rows(section(PAGE, "## Say who may"))}

    assert documented == CHATS


def test_the_event_of_the_page_is_what_jane_asks_for():
    [text], [event] = code_blocks(PAGE, "yaml"), code_blocks(PAGE, "json")
    rules = read_rules(text, SOURCES)
    sender, told = rules.senders["chat"], Event(**json.loads(event))

    asked = SOURCES["slack"].heard(told)

    assert decide(rules, "chat", told, datetime.now(UTC)).wish is None
    person = sender.people[asked.identity]
    by = principal_of(sender.bounds, person)
    assert (person.name, by.id) == ("jane", "chat:chat:jane")
    assert printed(parse(asked.text)) == "change add-nodes prod workers=n4"
    assert allowed(by, Permission.CHANGE, cluster="prod", environment=Environment.PROD)
    eve = principal_of(sender.bounds, sender.people["T0001:U0003"])
    assert not allowed(eve, Permission.CHANGE, cluster="prod", environment=Environment.PROD)


def test_what_anybody_may_ask_for_and_how_long_a_button_is_good_are_as_the_page_says():
    assert (Help, Status, WhoAmI) == FOR_ANYBODY
    assert "`help`, `status` and `whoami` only" in PAGE
    assert BUTTON_SECONDS == 24 * 3600
    assert "A button is good for a day" in PAGE


def test_the_page_of_each_chat_leads_here():
    for chat in CHATS:
        assert "(../how-to/chat.md)" in read(f"docs/integrations/{chat}.md")
