"""The example of the page on rules is read, and leads to what the page says."""

import json
from datetime import datetime

from pages import code_blocks, read

from workflows.hooks.received import Event
from workflows.hooks.rules.rule_file import read_rules
from workflows.hooks.rules.verdicts import decide

PAGE = "docs/how-to/rules.md"
FRIDAY = datetime.fromisoformat("2026-11-27T12:00:00+01:00")


def test_the_event_of_the_page_asks_by_its_rules_for_two_workers():
    [text], [event] = code_blocks(read(PAGE), "yaml"), code_blocks(read(PAGE), "json")

    verdict = decide(read_rules(text, ["jira"]), "tickets", Event(**json.loads(event)), FRIDAY)

    change = verdict.wish.change
    assert (change.cluster, change.params["workers"]) == ("test-a", ["n4", "n5"])
    assert change.reason == "Ticket OPS-7: Two more for the load test"
    assert (change.approve_within, verdict.wish.cool_down) == (8, 1800)
