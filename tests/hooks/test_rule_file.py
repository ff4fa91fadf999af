"""A rule file is read whole, or refused with everything that is wrong, at its line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_texts import KNOWN, TICKETS

from cluster.spec import Environment
from cluster.yaml_places import DEEPEST, LARGEST_BYTES
from workflows.access import Permission
from workflows.hooks.rules.rule_file import RuleFaults, read_rules


def faults(text):
    with pytest.raises(RuleFaults) as refused:
        read_rules(text, KNOWN)
    return refused.value.faults


def test_a_file_tells_who_may_send_what_and_what_each_rule_asks_for():
    rules = read_rules(TICKETS, KNOWN)

    sender = rules.senders["tickets"]
    assert (sender.kind, sender.clusters, sender.approve_within) == ("jira", "test-*", 24)
    assert sender.environments == {Environment.DEV, Environment.STAGING}
    [rule] = rules.rules
    assert (rule.name, rule.cool_down, rule.default_cluster) == ("scale-out", 1800, "test-lab")
    assert rules.approval(rule) == 8


def test_an_approval_of_the_source_is_not_lost_where_the_rule_says_nothing_of_it():
    text = TICKETS.replace("    approve_within: 8\n", "")

    rules = read_rules(text, KNOWN)

    assert rules.approval(rules.rules[0]) == 24


def test_a_source_is_granted_what_its_kinds_need_on_its_clusters_and_nothing_else():
    [grant] = read_rules(TICKETS, KNOWN).senders["tickets"].grants

    assert (grant.permission, grant.clusters) == (Permission.CHANGE, "test-*")
    assert grant.covers("test-a", Environment.DEV)
    assert not grant.covers("test-a", Environment.PROD)
    assert not grant.covers("prod", Environment.DEV)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "sources: {}\nrules: []\n", "---\n"])
def test_a_file_without_anything_lets_nobody_send_events(text):
    rules = read_rules(text, KNOWN)

    assert (dict(rules.senders), rules.rules) == ({}, ())


WRONG = {
    "a kind of sender that there is not": ("kind: jira", "kind: jirra", 3, "jira?"),
    "clusters that are no pattern": ('"test-*"', '"Test_*"', 4, "a pattern such as test-*"),
    "an environment that there is not": ("[dev, staging]", "[dev, stagin]", 5, "staging?"),
    "no environment": ("[dev, staging]", "[]", 5, "name one at least"),
    "a kind of change that there is not": (
        "[add-nodes,",
        "[add-node,",
        6,
        "did you mean add-nodes",
    ),
    "an approval in no time": ("approve_within: 24", "approve_within: 1000", 7, "0 to 720 hours"),
    "an approval as text": ("approve_within: 24", 'approve_within: "24"', 7, "approve_within"),
    "a member that there is not": ("approve_within: 24", "aprove_within: 24", 7, "approve_within?"),
    "a part that there is not": ("rules:", "rulez:", 8, "did you mean rules?"),
    "a rule's name that is none": ("name: scale-out", "name: Scale Out", 9, "1 to 63 characters"),
    "a source that there is not": ("source: tickets", "source: ticket", 10, "tickets?"),
    "JMESPath that is none": ("webhookEvent == ", "webhookEvent = ", 11, "as JMESPath"),
    "a type that is none": ("types: [jira:issue_updated]", "types: [[]]", 12, "a text is wanted"),
    "the kind of another source": (
        "kind: add-nodes",
        "kind: upgrade",
        14,
        "add-nodes, label-nodes",
    ),
    "a cluster beyond the source's": (
        "cluster: {get: issue.fields.customfield_10010}",
        "cluster: prod",
        15,
        "source tickets may change test-*",
    ),
    "a cluster of another form": (
        "{get: issue.fields.customfield_10010}",
        "{got: issue.fields.customfield_10010}",
        15,
        "write a name, or {get: JMESPath}",
    ),
    "a list as cluster": (
        "{get: issue.fields.customfield_10010}",
        "{words: a}",
        15,
        "write a name",
    ),
    "a hole without an expression": (
        "{words: issue.fields",
        "{words: issue..fields",
        17,
        "JMESPath",
    ),
    "a param that there is not": ("workers: {words", "wokers: {words", 17, "did you mean workers"),
    "a param that is wrong by itself": (
        "{words: issue.fields.customfield_10011}",
        "[N4]",
        17,
        "cannot use 'N4'",
    ),
    "a reason with a brace too many": ("{issue.key}", "{issue.key}}", 18, "write }} for it"),
    "a reason without JMESPath": ("{issue.key}", "{issue key}", 18, "JMESPath"),
    "an end that there is not": ("on_failure: stop", "on_failure: stopp", 19, "did you mean stop"),
    "a finding that cannot be accepted": (
        "accept: []",
        "accept: [nothing]",
        20,
        "cannot use nothing",
    ),
    "a default cluster beyond the source's": ("test-lab", "lab", 21, "may change test-*"),
    "a time without a unit": ("cool_down: 30m", "cool_down: 30", 23, "such as 30m"),
    "a time that is too long": ("cool_down: 30m", "cool_down: 31d", 23, "30d at most"),
    "a day that there is not": ("[mon,", "[monday,", 24, "did you mean mon"),
    "a time of day that is none": ('"08:00"', '"8:00"', 24, 'such as "08:00"'),
    "a time of day that YAML takes for a number": ('"18:00"', "18:00", 24, 'write "18:00"'),
    "hours that end as they begin": ('"18:00"', '"08:00"', 24, "leave during out"),
    "a time zone that there is not": ("Europe/Berlin", "Europe/Berln", 24, "no such time zone"),
    "a time zone that is a folder": ("Europe/Berlin", "Europe", 24, "no such time zone"),
    "a key twice": ("cool_down: 30m", "approve_within: 3", 23, "twice"),
    "a tag": ("test-lab", "!!python/name:os.system x", 21, "write"),
    "a truth value where a text is meant": ("kind: jira", "kind: yes", 3, 'write "yes"'),
}


@pytest.mark.parametrize(("old", "new", "line", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_line_and_the_way_out(old, new, line, words):
    assert old in TICKETS

    found = faults(TICKETS.replace(old, new, 1))

    told = [fault for fault in found if words in fault.detail or words in fault.pointer]
    assert [fault.line for fault in told] == [line], found
    assert all(fault.column >= 1 and fault.detail.startswith("cannot ") for fault in found)


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_lines():
    text = TICKETS
    for old, new, _, _ in (
        WRONG[name]
        for name in (
            "a kind of sender that there is not",
            "a source that there is not",
            "a param that there is not",
            "a reason without JMESPath",
            "a time without a unit",
            "a time of day that is none",
        )
    ):
        text = text.replace(old, new, 1)

    found = faults(text)

    assert [fault.line for fault in found] == [3, 10, 17, 18, 23, 24]
    assert [fault.pointer for fault in found][2:4] == [
        "/rules/0/change/params/wokers",
        "/rules/0/change/reason",
    ]


@pytest.mark.parametrize("name", ["name", "source", "change"])
def test_what_is_left_out_is_told_at_the_rule(name):
    text = f"sources: {{}}\nrules:\n  - {name}x: 1\n"

    assert any(
        fault.pointer == f"/rules/0/{name}" and fault.line == 3 and "required" in fault.detail
        for fault in faults(text)
    )


def test_a_rule_for_whatever_comes_is_refused():
    text = "\n".join(
        line for line in TICKETS.splitlines() if "match:" not in line and "types:" not in line
    )

    [fault] = faults(text)

    assert (fault.line, fault.pointer) == (9, "/rules/0")
    assert "match or types" in fault.detail


def test_two_rules_of_one_name_are_told_with_the_line_of_the_other():
    rule = TICKETS.partition("rules:\n")[2]

    [fault] = faults(TICKETS + rule)

    assert fault.pointer == "/rules/1/name"
    assert "the other is in line 9" in fault.detail


def test_params_without_holes_are_checked_as_a_whole():
    text = TICKETS.replace("workers: {words: issue.fields.customfield_10011}", "workers: []")

    [fault] = faults(text)

    assert (fault.pointer, fault.line) == ("/rules/0/change/params", 16)
    assert "cannot add nobody" in fault.detail


def test_a_default_that_nothing_asks_for_is_told():
    text = TICKETS.replace("{cluster: test-lab}", "{params: {control_plane: [n1]}}")

    [fault] = faults(text)

    assert fault.pointer == "/rules/0/defaults/params/control_plane"


BOMBS = {
    "aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "a document that contains itself": "a: &a [*a]\n",
    "depth": "rules: " + "[" * (DEEPEST + 5),
    "size": "# " + "x" * LARGEST_BYTES,
    "parts": "rules: [" + "1," * 60_000 + "]",
    "two documents": "rules: []\n---\nrules: []\n",
    "no YAML": "rules: [\n",
    "a sign that is none": "rules: \x07",
    "an escape that is none": 'rules: "\\U00110000"',
    "a list as the whole": "- 1\n",
    "a text as the whole": "rules",
    "a name that is a list": "? [a]\n: 1\n",
    "a number as name": "1: 2\n",
    "sources as a list": "sources: [1]\n",
    "rules as a text": "rules: x\n",
    "a source that is a number": "sources: {a: 1}\n",
    "a rule that is a number": "rules: [1]\n",
    "a large number": "rules: [{approve_within: 99999999999999999999999}]\n",
    "not a number": "rules: [{approve_within: .nan}]\n",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_what_is_no_rule_file_at_all_is_refused_soon_and_politely(text):
    assert all(fault.detail.startswith("cannot ") for fault in faults(text))


HEAVY = "|".join(["[@,@]"] * 40) + "|to_string(@)"


@pytest.mark.parametrize(
    "expression",
    [HEAVY, "a" * 501, "", "foo(", "`[1", "(" * 400, "map(&[@,@,@,@,@,@,@,@,@],[@,@,@,@,@,@,@,@])"],
)
def test_an_expression_that_is_none_or_too_much_work_is_refused(expression):
    text = TICKETS.replace("{get: issue.fields.customfield_10010}", "{get: '" + expression + "'}")

    [fault] = faults(text)

    assert fault.pointer in ("/rules/0/change/cluster/get", "/rules/0/change/cluster")


unhurried = settings(deadline=None, max_examples=60)


@unhurried
@given(st.text(max_size=200))
def test_any_text_is_a_rule_file_or_refused(text):
    read_or_refuse(text)


lines = st.lists(st.sampled_from(TICKETS.splitlines(keepends=True)), max_size=30).map("".join)


@unhurried
@given(lines, st.text(max_size=5), st.integers(0, 800))
def test_any_mixture_of_a_rule_file_is_one_or_refused(text, put_in, place):
    read_or_refuse(text[:place] + put_in + text[place:])


pieces = st.sampled_from(
    ["{", "}", "[", "]", "get", "words", ": ", ", ", "'", "`1`", "&", "*", "|"]
)


@unhurried
@given(st.lists(pieces, max_size=25).map("".join))
def test_any_change_is_read_or_refused(piece):
    read_or_refuse(TICKETS.replace("{get: issue.fields.customfield_10010}", piece))
    read_or_refuse(TICKETS.replace("{issue.key}", piece))


def read_or_refuse(text):
    try:
        read_rules(text, KNOWN)
        found = None
    except RuleFaults as refused:
        found = refused.faults
    assert found is None or found
    assert all(fault.line >= 1 for fault in found or ())


def test_a_param_of_a_kind_that_takes_none_is_told_so():
    text = """\
sources: {a: {kind: jira, clusters: "*", environments: [dev], kinds: [verify]}}
rules:
  - {name: b, source: a, types: [c], change: {kind: verify, cluster: d, params: {nodes: 1}}}
"""

    [fault] = faults(text)

    assert fault.detail == "cannot use nodes: there is none to choose from (params of verify)"
