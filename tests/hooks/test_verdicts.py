"""Which rule fits an event, and what is said of the others."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_texts import KNOWN, TICKETS, ticket

from workflows.hooks.received import Event
from workflows.hooks.rules.rule_file import read_rules
from workflows.hooks.rules.verdicts import decide

RULES = read_rules(TICKETS, KNOWN)
FRIDAY_NOON = datetime(2026, 11, 27, 11, tzinfo=UTC)
SECOND = """\
  - name: second
    source: tickets
    types: ["*"]
    change: {kind: label-nodes, cluster: test-b, params: {zones: {n1: a}}}
"""


def event(data=None, **changed):
    return Event(**{"type": "jira:issue_updated", "data": data or ticket()} | changed)


def asked(found, rules=RULES, at=FRIDAY_NOON):
    return decide(rules, "tickets", found, at)


def why(found, rules=RULES, at=FRIDAY_NOON):
    verdict = asked(found, rules, at)
    assert verdict.wish is None
    assert not verdict.rows[0].matched
    assert verdict.because.startswith("ignored, because")
    return verdict.rows[0].why


def with_line(old, new):
    assert old in TICKETS
    return read_rules(TICKETS.replace(old, new), KNOWN)


def test_an_event_that_fits_asks_for_the_change_of_the_rule():
    verdict = asked(event())

    change = verdict.wish.change
    assert (change.kind, change.cluster) == ("add-nodes", "test-a")
    assert change.params == {"control_plane": [], "workers": ["n4", "n5"]}
    assert (change.reason, change.approve_within, change.on_failure) == ("Ticket OPS-7", 8, "stop")
    assert verdict.wish.cool_down == 1800
    assert verdict.because == "rule scale-out asks for add-nodes of test-a"


def test_the_same_change_by_the_same_rule_has_the_same_key_whatever_the_event():
    other = ticket()
    other["issue"]["key"] = "OPS-8"

    first, again = asked(event()).wish, asked(event(other)).wish
    elsewhere = asked(event(ticket(customfield_10010="test-b"))).wish

    assert first.key == again.key != elsewhere.key


def test_what_the_event_does_not_say_comes_from_the_defaults():
    verdict = asked(event(ticket(customfield_10010=None)))

    assert verdict.wish.change.cluster == "test-lab"


def test_words_are_split_at_commas_and_white_space_or_are_a_list_already():
    split = asked(event(ticket(customfield_10011=" n4,n5\tn6\n"))).wish.change
    listed = asked(event(ticket(customfield_10011=["n4", "n5", "n6"]))).wish.change

    assert split.params == listed.params
    assert split.params["workers"] == ["n4", "n5", "n6"]


def test_the_first_rule_that_fits_wins_and_the_others_say_so():
    rules = read_rules(TICKETS + SECOND, KNOWN)

    both, one = asked(event(), rules), asked(event(type="comment"), rules)

    assert both.wish.rule == "scale-out"
    assert both.rows[1].why == "rule scale-out, which stands before it, fits"
    assert one.wish.rule == "second"
    assert [row.matched for row in one.rows] == [False, True]


def test_a_type_may_be_a_pattern():
    rules = with_line("types: [jira:issue_updated]", 'types: ["jira:*"]')

    assert asked(event(type="jira:issue_created"), rules).wish
    assert "none of jira:*" in why(event(type="comment"), rules)


REASONS = {
    "another type": (event(type="deleted"), "the type deleted is none of jira:issue_updated"),
    "another status": (event(ticket(status={"name": "Open"})), "match is false"),
    "an event that is over": (event(is_over=True), "an event that is over asks for nothing"),
    "no hosts": (
        event(ticket(customfield_10011=None)),
        "field missing: issue.fields.customfield_10011 is not in the event",
    ),
    "empty hosts": (event(ticket(customfield_10011=" , ")), "field missing"),
    "hosts that are a number": (event(ticket(customfield_10011=4)), "cannot split"),
    "hosts that have no such names": (
        event(ticket(customfield_10011="n4; reboot")),
        "/workers/0: cannot use 'n4;'",
    ),
    "a host twice": (event(ticket(customfield_10011="n4 n4")), "cannot add n4 twice"),
    "a cluster of others": (
        event(ticket(customfield_10010="lab-9")),
        "cluster lab-9 is not one of test-*",
    ),
    "a cluster that is no name": (event(ticket(customfield_10010="test-*")), "cluster: cannot use"),
    "a cluster that is a list": (event(ticket(customfield_10010=["test-a"])), "cluster: cannot"),
    "too much": (event(ticket(customfield_10011=["n"] * 6000)), "more than 5000 values"),
    "data that is a text": (event("nothing"), "match is false"),
}


@pytest.mark.parametrize(("found", "words"), REASONS.values(), ids=REASONS)
def test_an_event_that_does_not_fit_is_told_why(found, words):
    assert words in why(found)


def test_a_match_that_is_no_truth_value_fits_nothing():
    rules = with_line(
        "\"webhookEvent == 'jira:issue_updated' && issue.fields.status.name == 'Approved'\"",
        "issue.key",
    )

    assert "neither true nor false" in why(event(), rules)


def test_a_match_that_cannot_be_carried_out_is_told_and_fits_nothing():
    rules = with_line('match: "webhookEvent', 'match: "length(issue.none) > `1` && webhookEvent')

    assert "cannot search" in why(event(), rules)


HOURS = {
    "in the morning of a working day": ("2026-11-27T07:30:00+00:00", True),
    "before it": ("2026-11-27T06:59:00+00:00", False),
    "at its end": ("2026-11-27T17:00:00+00:00", False),
    "on a Sunday": ("2026-11-29T11:00:00+00:00", False),
    "in summer, when clocks are an hour ahead": ("2026-07-03T06:30:00+00:00", True),
}


@pytest.mark.parametrize(("at", "is_awake"), HOURS.values(), ids=HOURS)
def test_a_rule_is_awake_in_its_hours_only(at, is_awake):
    verdict = asked(event(), at=datetime.fromisoformat(at))

    assert (verdict.wish is not None) == is_awake
    assert is_awake or "outside of its hours: it is awake mon, tue" in verdict.rows[0].why


def test_hours_may_last_over_midnight_and_belong_to_the_day_on_which_they_begin():
    rules = read_rules(
        TICKETS.replace('from: "08:00", to: "18:00"', 'from: "22:00", to: "04:00"'), KNOWN
    )

    found = {
        day: asked(event(), rules, datetime.fromisoformat(f"2026-11-{day}T02:00:00+01:00")).wish
        for day in (28, 29, 30)
    }

    assert [day for day, wish in found.items() if wish] == [28]  # a Saturday, since Friday lasts


def test_an_event_of_another_source_fits_nothing_and_each_rule_says_whose_it_is():
    verdict = decide(RULES, "alerts", event(), FRIDAY_NOON)

    assert verdict.rows[0].why == "it is for source tickets"
    assert verdict.because == "ignored, because the rule file has no source alerts"


def test_a_text_of_an_event_neither_steers_a_terminal_nor_goes_on_for_ever():
    data = ticket()
    data["issue"]["key"] = "\x1b[2J\u202e" + "x" * 100_000

    reason = asked(event(data)).wish.change.reason

    assert reason.isprintable()
    assert len(reason) <= 1000


def test_a_reason_says_a_dash_where_the_event_says_nothing():
    data = ticket()
    del data["issue"]["key"]

    assert asked(event(data)).wish.change.reason == "Ticket -"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=15,
)
EXPRESSIONS = [
    "issue", "issue.fields.customfield_10010", "to_number(issue)", "ceil(to_number(issue))",
    "sort(issue)", "sort_by(issue, &a)", "join(',', issue)", "keys(issue)", "issue[?a > `1`]",
    "sum(issue)", "avg(issue)", "issue.*", "issue[::2]", "&issue", "max_by(issue, &a)", "@",
]  # fmt: skip


@settings(deadline=None)
@given(json_values, st.sampled_from(EXPRESSIONS), st.text(max_size=30), st.booleans())
def test_no_event_whatever_it_says_is_more_than_a_verdict(value, expression, name, is_over):
    text = f"""\
sources:
  any: {{kind: jira, clusters: "*", environments: [dev], kinds: [label-nodes, add-nodes]}}
rules:
  - name: as-match
    source: any
    match: "{expression}"
    change: {{kind: label-nodes, cluster: a, params: {{zones: {{n1: b}}}}}}
  - name: as-params
    source: any
    types: ["*"]
    change:
      kind: label-nodes
      cluster: {{get: "{expression}"}}
      params: {{labels: {{get: "{expression}"}}}}
      reason: "{{{expression}}}"
  - name: as-words
    source: any
    types: ["*"]
    change: {{kind: add-nodes, cluster: a, params: {{workers: {{words: "{expression}"}}}}}}
"""
    rules = read_rules(text, KNOWN)
    told = Event(type=name, data={"issue": value}, is_over=is_over)

    verdict = decide(rules, "any", told, FRIDAY_NOON)

    assert len(verdict.rows) == 3
    assert all(row.why.isprintable() for row in verdict.rows)
    assert not (is_over and verdict.wish)
