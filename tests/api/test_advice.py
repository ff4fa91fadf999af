"""Advice is data: every action has its words in each client, and they can be followed."""

import ast
import re
from pathlib import Path

import click
import pytest

from api.advice import REQUESTS, request_of, with_requests
from api.http.problems import PROBLEMS
from api.page.advice import PLACES, links
from cli.advice import COMMANDS, commands
from cli.main import cli
from cluster.actions import ARGUMENTS, Action

VALUES = {"host": "n9", "cluster": "prod", "kind": "create-cluster", "job": "3f2a91c0" * 4}
VALUES["accept"] = "disk-too-small,memory-too-small"
VALUES["without"] = "n4,n5"
each_action = pytest.mark.parametrize("action", list(Action), ids=str)


def advised(action):
    return action.of(**{name: VALUES[name] for name in ARGUMENTS[action]}).as_dict()


@pytest.mark.parametrize("clients", [REQUESTS, PLACES, COMMANDS, ARGUMENTS], ids=range(4))
def test_each_client_words_each_action_and_no_other(clients):
    assert {str(action) for action in clients} == {str(action) for action in Action}


@each_action
def test_the_request_is_one_that_the_api_takes(action, app):
    method, path = request_of(advised(action)).split(" ")

    assert app.url_map.bind("").match(path, method=method)


@each_action
def test_the_link_leads_to_a_page(action, app):
    [(words, path)] = links([advised(action)])

    assert "{" not in words
    assert app.url_map.bind("").match(path, method="GET")


@each_action
def test_the_command_can_be_parsed_and_names_what_it_is_about(action):
    [line] = commands([advised(action)])

    words = line.partition("  #")[0].split(" ")
    assert words[0] == "clusterwright"
    command, rest = cli, words[1:]
    while isinstance(command, click.Group):
        command, rest = command.commands[rest[0]], rest[1:]
    if "--help" not in rest:
        command.make_context(command.name, list(rest))
    for name in ARGUMENTS[action]:
        assert VALUES[name][:8] in line or VALUES[name] in line


@each_action
def test_what_a_person_has_to_fill_in_is_said(action):
    [line] = commands([advised(action)])

    line, _, note = line.partition("  # ")
    assert [word for word in line.split() if word.isupper() and word not in note.upper()] == []


def test_an_action_of_a_newer_version_is_passed_over():
    newer = {"action": "fly", "arguments": {"to": "moon"}}

    assert list(commands([newer])) == list(links([newer])) == []
    assert request_of(newer) == ""


def test_advice_deep_in_a_document_has_its_request_too():
    row = advised(Action.REPIN_HOST)

    document = with_requests(
        {"error": {"failures": [{"host": "n9", "actions": [row]}]}, "actions": []}
    )

    assert document["error"]["failures"][0]["actions"] == [row | {"request": "PUT /v1/hosts/n9"}]


def test_a_host_that_is_not_there_is_told_with_what_can_be_done(client):
    problem = client.get("/v1/hosts/n9").json

    assert problem["detail"] == "cannot find host n9: it is not in the inventory"
    assert problem["actions"] == [
        {"action": "add-host", "arguments": {"host": "n9"}, "request": "PUT /v1/hosts/n9"},
        {"action": "list-hosts", "arguments": {}, "request": "GET /v1/hosts"},
    ]
    assert problem["detail"] not in problem["advice"]


def test_a_job_says_what_may_be_asked_of_it(client, job):
    actions = client.get(f"/v1/jobs/{job}").json["actions"]

    assert [row["action"] for row in actions] == ["follow-job", "cancel-job"]
    assert actions[1]["request"] == f"POST /v1/jobs/{job}/cancel"


ROOT = Path(__file__).resolve().parents[2]
REQUEST = re.compile(r"\b(?:GET|PUT|POST|DELETE|PATCH) (?:/|\.\.\.)|/readyz|/openapi")


@pytest.mark.parametrize("folder", ["cluster", "workflows", "deploy_scripts"])
def test_what_every_client_shows_speaks_of_no_request(folder):
    spoken = [
        f"{file.name}: {node.value}"
        for file in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if REQUEST.search(node.value)
    ]

    assert spoken == []


@pytest.mark.parametrize("kind", PROBLEMS.values(), ids=PROBLEMS)
def test_the_advice_of_a_problem_speaks_of_no_request(kind):
    assert not REQUEST.search(kind.advice)
