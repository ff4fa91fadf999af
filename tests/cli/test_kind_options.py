"""Options of a kind of change: made from what the API tells, and read back into its params."""

import json

import click
import pytest
from answering_api import answering
from click.testing import CliRunner
from told_kinds import told_kinds

from cli.change_options import change_body
from cli.kind_options import example_of
from cli.kinds import KINDS_KEY
from cli.main import cli
from cli.param_forms import Form, form_of, read, words

KINDS = {kind["name"]: kind for kind in told_kinds()}
TEXT = {"type": "string"}
NAMED = TEXT | {"x-clusterwright-meaning": "node"}
OF_NODES = {"type": "object", "propertyNames": NAMED}
SAMPLES = {
    Form.TEXT: (TEXT, "a b"),
    Form.NUMBER: ({"type": ["integer", "null"]}, 7),
    Form.CHOICE: ({"enum": ["red", "blue"]}, "red"),
    Form.YES_OR_NO: ({"type": "boolean"}, True),
    Form.NAMES: ({"type": "array", "items": NAMED}, ["n1", "n2"]),
    Form.LIST: ({"type": "array", "items": TEXT}, ["a,b", "c"]),
    Form.PAIRS: (OF_NODES | {"additionalProperties": TEXT}, {"n1": "a=b", "n2": ""}),
    Form.PAIRS_BY_NAME: (
        OF_NODES | {"additionalProperties": {"type": "object", "additionalProperties": TEXT}},
        {"n1": {"a": "b", "c": ""}, "n2": {"a": "x"}},
    ),
    Form.LISTS_BY_NAME: (
        OF_NODES | {"additionalProperties": {"type": "array", "items": TEXT}},
        {"n1": ["a=b:NoSchedule", "c:NoExecute"]},
    ),
    Form.JSON: ({"type": "array", "items": {"type": "object"}}, [{"a": 1}]),
}


def run(*arguments, url):
    environment = {"CLUSTERWRIGHT_TOKEN": "t"}
    return CliRunner().invoke(
        cli, ["--url", url, *arguments], env=environment, prog_name="clusterwright"
    )


def params_of(*arguments):
    """Return the params that a command line means."""
    root = click.Context(cli)
    root.meta[KINDS_KEY] = told_kinds()
    with cli.commands["change"].make_context("change", [*arguments], parent=root) as context:
        return context.params["params"]


@pytest.mark.parametrize("form", Form)
def test_every_form_of_a_value_is_said_and_read_again(form):
    schema, value = SAMPLES[form]
    flag, *rest = words("some_name", schema, value)
    given = [word for word in rest if word != flag]

    assert form_of(schema) is form
    assert flag == "--some-name"
    if form is not Form.YES_OR_NO:
        is_one = form in {Form.TEXT, Form.NUMBER, Form.CHOICE, Form.JSON}
        assert read(schema, given[0] if is_one else given, flag) == value


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_every_kind_is_said_in_options(kind):
    row = KINDS[kind]

    assert params_of(kind, "prod", *example_of(row, frozenset())) == row["example"]


def test_what_is_not_said_is_left_to_the_kind():
    assert params_of("label-nodes", "prod") == {}
    assert params_of("label-nodes", "prod", "--dedicated") == {"dedicated": True}
    assert params_of("label-nodes", "prod", "--no-dedicated") == {"dedicated": False}


def test_options_may_stand_before_the_kind_and_a_value_is_no_kind():
    options = ("--reason", "verify", "--workers", "n4, n5")

    assert params_of(*options, "add-nodes", "prod", "--workers", "n6") == {
        "workers": ["n4", "n5", "n6"]
    }


def test_params_of_the_api_win_over_options_and_those_over_a_file(tmp_path):
    file = tmp_path / "params.json"
    file.write_text(json.dumps({"workers": ["n1"], "channel": "1.30/stable", "addons": ["dns"]}))
    with file.open() as opened:
        body = change_body(
            kind="create-cluster",
            params={"workers": ["n2"], "channel": "1.31/stable"},
            pairs=("channel=1.32/stable", 'labels={"n2": {}}'),
            params_file=opened,
            accept=("one-worker",),
            on_failure="rollback",
            reason="ticket 7",
        )

    assert body == {
        "kind": "create-cluster",
        "params": {
            "workers": ["n2"],
            "channel": "1.32/stable",
            "addons": ["dns"],
            "labels": {"n2": {}},
        },
        "on_failure": "rollback",
        "accept": ["one-worker"],
        "reason": "ticket 7",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("creat-cluster", "x"), "did you mean create-cluster?"),
        (("zap", "x"), "it is one of add-nodes, adopt-cluster, apply, backup"),
        ((), "Missing argument 'KIND'. It is one of add-nodes, adopt-cluster, apply, backup"),
        (("create-cluster", "x", "--topology", "round"), "'round' is not one of"),
        (("create-cluster", "x", "--param", "novalue"), "novalue: KEY=VALUE is wanted"),
        (("label-nodes", "x", "--labels", "n1"), "n1: NODE:KEY=VALUE is wanted"),
        (("label-nodes", "x", "--labels", "n1:a"), "a: NODE:KEY=VALUE is wanted"),
        (("label-nodes", "x", "--workers", "n1"), "No such option"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_told_with_what_is_wanted(arguments, message):
    with answering() as api:
        result = run("change", *arguments, url=api.url)

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())


def test_the_help_of_a_kind_teaches_its_params():
    with answering() as api:
        page = run("change", "label-nodes", "--help", url=api.url).stdout

    assert "change label-nodes - Give nodes labels" in page
    assert "change label-nodes [OPTIONS] CLUSTER" in page
    assert "--labels NODE:KEY=VALUE" in page
    assert f"clusterwright --url {api.url} change label-nodes prod --labels n1:disk=ssd" in page
    assert "There is no way back" not in page


def test_the_help_without_an_api_tells_what_holds_for_every_kind():
    page = run("change", "add-nodes", "--help", url="http://127.0.0.1:1")

    assert page.exit_code == 0
    text = " ".join(page.stdout.split())
    assert "The API tells them, with their options: cannot reach the API" in text
    assert "--on-failure [stop|rollback]" in text


@pytest.mark.parametrize("verb", ["plan", "change"])
def test_without_an_api_nothing_is_guessed(verb):
    arguments = (verb, "add-nodes", "prod", "--workers", "n4", "--json")

    result = run(*arguments, url="http://127.0.0.1:1")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["title"] == "The API does not answer"
