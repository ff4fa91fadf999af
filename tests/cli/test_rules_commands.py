"""``rules show``, ``check``, ``apply`` and ``explain`` against the API."""

import json
from collections.abc import Iterator
from functools import partial

import pytest
from serving import serving

from api.rules import EXAMPLE, TICKET
from workflows.hooks.source import Source
from workflows.hooks.sources import SOURCES

WRONG = EXAMPLE.replace("kind: jira", "kind: jirra").replace("test-*", "Test")


@pytest.fixture
def run(redis, settings, monkeypatch) -> Iterator:
    jira = Source("jira", "Jira", lambda *_: 0, lambda _: (), lambda *_: "key")
    monkeypatch.setitem(SOURCES, "jira", SOURCES.get("jira") or jira)
    with serving(redis, settings) as api:
        yield partial(api.run, "rules")


@pytest.fixture
def file(tmp_path):
    def write(text, name="rules.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


@pytest.fixture
def event(file):
    return file(json.dumps(TICKET), "event.json")


def test_without_rules_it_is_told_that_nobody_may_send_events(run):
    result = run("show")

    assert result.exit_code == 0
    assert "nobody may send events" in result.stdout
    assert "rules apply --help" in result.stdout


def test_a_file_is_applied_then_shown_as_it_is_understood_and_as_it_was_written(run, file):
    text = "# why\n" + EXAMPLE

    applied = run("apply", file(text))

    shown, written = run("show"), run("show", "--text")
    assert applied.exit_code == 0, applied.output
    assert "+  - name: scale-out" in applied.stdout
    assert "revision 1 is in force now: 1 source, 1 rule" in applied.stdout
    assert "tickets (jira)  POST /v1/hooks/tickets" in shown.stdout
    assert "may ask for add-nodes of clusters test-* (dev)" in shown.stdout
    assert "where issue.fields.status.name == 'Approved'" in shown.stdout
    assert written.stdout == text


def test_only_what_differs_is_shown_and_the_same_file_again_is_no_revision(run, file):
    run("apply", file(EXAMPLE))

    other = run("apply", file(EXAMPLE.replace("[dev]", "[dev, staging]")))
    again = run("apply", file(EXAMPLE.replace("[dev]", "[dev, staging]")))

    assert "-    environments: [dev]\n+    environments: [dev, staging]\n" in other.stdout
    assert "kind: add-nodes\n" not in other.stdout
    assert again.stdout == "revision 2 was in force already: 1 source, 1 rule\n"


@pytest.mark.parametrize("verb", ["check", "apply"])
def test_each_fault_is_shown_at_its_line_and_nothing_is_stored(run, file, verb):
    run("apply", file(EXAMPLE))
    name = file(WRONG, "wrong.yaml")

    result = run(verb, name)

    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{name}:3:5: cannot use jirra: did you mean jira?" in result.stderr
    assert "\n      kind: jirra\n      ^\n" in result.stderr
    assert f"{name}:4:5: " in result.stderr
    assert run("show", "--text").stdout == EXAMPLE


def test_a_file_that_could_be_used_is_told_so_and_not_stored(run, file):
    result = run("check", file(EXAMPLE))

    assert (result.exit_code, "could be used: 1 source, 1 rule" in result.stdout) == (0, True)
    assert json.loads(run("show", "--json").stdout)["revision"] == 0


def test_faults_are_a_problem_document_for_programs(run, file):
    result = run("check", file(WRONG), "--json")

    body = json.loads(result.stdout)
    assert (result.exit_code, body["type"]) == (1, "/problems/invalid-rules")
    assert [row["line"] for row in body["errors"]] == [3, 4]


def test_an_event_is_explained_rule_by_rule_with_the_change_it_would_lead_to(run, file, event):
    run("apply", file(EXAMPLE))

    result = run("explain", event, "--source", "tickets")

    assert result.exit_code == 0, result.output
    assert "✓ scale-out  it asks for add-nodes of test-a" in result.stdout
    assert '  workers: ["n4", "n5"]' in result.stdout
    assert "nothing has happened; these are the rules in force (revision 1)" in result.stdout


def test_an_event_that_leads_to_nothing_is_told_why_and_is_exit_code_1(run, file, event):
    rules = file(EXAMPLE.replace("test-*", "lab-*"))

    result = run("explain", event, "--source", "tickets", "--file", rules)

    assert result.exit_code == 1
    assert "· scale-out  cluster test-a is not one of lab-*" in result.stdout
    assert "ignored, because" in result.stdout
    assert "a file that was tried" in result.stdout


def test_what_a_sender_sends_is_taken_as_the_data_of_an_event(run, file):
    rules = file(EXAMPLE.replace("    match:", '    types: ["jira:*"]\n    match:'))
    body = file(json.dumps(TICKET["data"]), "body.json")
    words = ("explain", body, "--source", "tickets", "--file", rules, "--json")

    typed, untyped = run(*words, "--type", "jira:issue_updated"), run(*words)

    assert json.loads(typed.stdout)["rule"] == "scale-out"
    assert json.loads(untyped.stdout)["rule"] is None


def test_a_document_of_several_alerts_is_told_alert_by_alert(run, file):
    alerts = [
        {"status": status, "labels": {"alertname": name}, "fingerprint": name, "startsAt": "1"}
        for name, status in (("DiskFull", "resolved"), ("NodeDown", "firing"))
    ]
    rules = """\
sources:
  alerts: {kind: alertmanager, clusters: "*", environments: [dev], kinds: [verify]}
rules:
  - {name: look, source: alerts, types: [firing], change: {kind: verify, cluster: prod}}
"""

    body = file(json.dumps({"alerts": alerts}), "body.json")
    result = run("explain", body, "--source", "alerts", "--file", file(rules))

    assert result.exit_code == 0
    assert "rule look asks for verify of prod" in result.stdout
    assert "also in the document, resolved DiskFull: ignored, because it is" in result.stdout


def test_a_document_whose_type_a_header_has_says_so(run, file):
    rules = """\
sources:
  repo: {kind: github, clusters: "*", environments: [dev], kinds: [verify]}
rules:
  - {name: look, source: repo, types: [push], change: {kind: verify, cluster: prod}}
"""
    words = ("explain", file("{}", "body.json"), "--source", "repo", "--file", file(rules))

    untyped, typed = run(*words), run(*words, "--type", "push")

    assert (untyped.exit_code, typed.exit_code) == (1, 0)
    assert "name the type with --type" in untyped.stdout


def test_a_tried_file_with_faults_is_told_at_its_lines(run, file, event):
    result = run("explain", event, "--source", "tickets", "--file", file(WRONG))

    assert result.exit_code == 1
    assert "rules.yaml:3:5: cannot use jirra" in result.stderr


@pytest.mark.parametrize(("text", "words"), [("{", "as JSON"), ("\xff", "as JSON")])
def test_an_event_that_is_no_json_is_told(run, file, text, words):
    result = run("explain", file(text, "event.json"), "--source", "tickets")

    assert (result.exit_code, words in result.stderr) == (1, True)


CHAT = """\
sources:
  chat:
    kind: slack
    clusters: "*"
    environments: [dev]
    kinds: [verify]
    people:
      "T1:U1": {name: jane, roles: [operator]}
"""


@pytest.mark.parametrize(
    ("typed", "by", "told", "code"),
    [
        ("please verify prod", "U1", "jane (operator) writes: change verify prod", 0),
        ("help", "U9", "T1:U9, whom the rules do not name writes: help", 0),
        ("verify prod", "U9", "nobody here is known as T1:U9", 1),
        ("verfy prod", "U1", "did you mean verify?", 1),
    ],
)
def test_what_is_typed_in_a_chat_is_explained_with_who_it_is(run, file, typed, by, told, code):
    body = file(json.dumps({"team_id": "T1", "user_id": by, "text": typed}), "typed.json")
    words = ("--source", "chat", "--type", "slash_command", "--file", file(CHAT))

    result = run("explain", body, *words)

    assert (result.exit_code, told in result.stdout) == (code, True), result.output


def test_who_writes_in_a_chat_is_shown_with_what_they_may(run, file):
    run("apply", file(CHAT))

    shown = run("show").stdout

    assert "  T1:U1 is jane: operator of clusters * (dev, prod, staging)" in shown
    assert "no rule is for it: what is typed in it is read as a command" in shown
