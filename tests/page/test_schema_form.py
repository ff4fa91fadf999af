"""A form out of any schema: what a new kind of change gets without a line of its own."""

import re
from enum import StrEnum

import pytest
from marshmallow import Schema, fields, validate
from seeding import formed, put_hosts
from werkzeug.datastructures import MultiDict

from api.page.change_form import ChangeForm
from api.page.schema_form import Input, fields_of, filled, values_of
from cluster.meanings import ClusterName, FreeHosts, Meaning, NodeName, NodeNames, by_node
from cluster.names import HostName, Labels, Pattern, taints_field
from workflows.kinds import KINDS
from workflows.plan import Kind

WORD = re.compile("[a-z]+")


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class EverySchema(Schema):
    """One field of each sort that a request may have."""

    text = fields.String(required=True, metadata={"description": "What it says"})
    number = fields.Integer(load_default=3, validate=validate.Range(1, 9))
    yes = fields.Boolean(load_default=True)
    colour = fields.Enum(Colour, by_value=True)
    site = HostName()
    node = NodeName(required=True)
    nodes = NodeNames()
    hosts = FreeHosts(required=True)
    confirm = ClusterName()
    settled = fields.Boolean(load_default=None, allow_none=True)
    lines = fields.List(Pattern(WORD, "letters"))
    pairs = Labels()
    per_host = by_node(Labels(), "Labels, by node")
    taints = by_node(taints_field(), "Taints, by node")


HOSTS, NODES = ("n3", "n4"), ("n1", "n2")
FORM = fields_of(EverySchema(), {Meaning.FREE_HOST: HOSTS, Meaning.NODE: NODES})


def test_every_sort_of_field_has_its_input():
    assert {field.name: field.input for field in FORM} == {
        "text": Input.TEXT,
        "number": Input.NUMBER,
        "yes": Input.CHECK,
        "colour": Input.SELECT,
        "site": Input.TEXT,
        "node": Input.NAME,
        "nodes": Input.NAMES,
        "hosts": Input.HOSTS,
        "confirm": Input.TEXT,
        "settled": Input.YES_OR_NO,
        "lines": Input.LINES,
        "pairs": Input.PAIRS,
        "per_host": Input.HOST_PAIRS,
        "taints": Input.HOST_LINES,
    }


def test_defaults_choices_and_help_come_from_the_schema():
    by_name = {field.name: field for field in FORM}

    assert by_name["text"].help == "What it says"
    assert (by_name["number"].value, by_name["yes"].value) == ("3", "True")
    assert by_name["colour"].choices == ("red", "blue")
    assert by_name["node"].choices == by_name["nodes"].choices == NODES
    assert by_name["hosts"].choices == HOSTS
    assert by_name["taints"].help.endswith("; there are n1, n2")
    assert [name for name, field in by_name.items() if field.optional] == [
        *("colour", "site", "nodes", "confirm", "settled", "lines", "pairs", "per_host", "taints"),
    ]


def test_without_names_to_choose_from_they_are_typed():
    inputs = {field.name: field.input for field in fields_of(EverySchema())}

    assert (inputs["node"], inputs["nodes"]) == (Input.TEXT, Input.LINES)


@pytest.mark.parametrize(("typed", "value"), [("yes", True), ("no", False)])
def test_what_may_be_left_as_it_is_is_said_only_where_it_was_chosen(typed, value):
    chosen, _ = values_of(FORM, MultiDict({"settled": typed}))
    left, _ = values_of(FORM, MultiDict({"settled": ""}))

    assert (chosen["settled"], "settled" in left) == (value, False)


def test_what_is_typed_is_what_a_request_says():
    typed = MultiDict(
        [
            ("text", " a word "),
            ("number", "7"),
            ("yes", "true"),
            ("colour", "blue"),
            ("node", "n1"),
            ("nodes", "n1"),
            ("nodes", "n2"),
            ("lines", "a\r\n\r\nb\r\n"),
            ("pairs", "x=1\ny = 2"),
            ("per_host", "n1 a=b\nn1 c=d\nn2 e="),
            ("taints", "n1 a=b:NoSchedule\nn1 c=:NoExecute"),
        ]
    )

    values, errors = values_of(FORM, typed)

    assert errors == {}
    assert values == {
        "text": "a word",
        "number": 7,
        "yes": True,
        "colour": "blue",
        "node": "n1",
        "nodes": ["n1", "n2"],
        "lines": ["a", "b"],
        "pairs": {"x": "1", "y": "2"},
        "per_host": {"n1": {"a": "b", "c": "d"}, "n2": {"e": ""}},
        "taints": {"n1": ["a=b:NoSchedule", "c=:NoExecute"]},
    }


def test_what_is_left_empty_is_left_out_but_a_box_that_is_not_checked_says_no():
    values, errors = values_of(FORM, MultiDict({"text": "", "number": " ", "pairs": "\n"}))

    assert (values, errors) == ({"yes": False}, {})


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("number", "seven", "cannot use 'seven': give a whole number"),
        ("number", "9" * 400, "give a whole number"),
        ("pairs", "a=b\n\nc", "cannot read line 3: it has no = between key and value"),
        ("per_host", "n1", "cannot read line 1: a host comes first"),
        ("per_host", "n1 a", "cannot read line 1: it has no ="),
        ("taints", "n1 ", "cannot read line 1: a host comes first"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(field, typed, message):
    _, errors = values_of(FORM, MultiDict({field: typed}))

    assert list(errors) == [field]
    assert message in errors[field][0]


def test_what_was_typed_is_shown_again_with_what_is_wrong_there():
    (number,) = (
        field
        for field in filled(FORM, MultiDict({"number": "x"}), {"number": ["no"]})
        if field.name == "number"
    )

    assert (number.value, number.errors) == ("x", ("no",))


def test_a_new_kind_of_change_has_its_form_at_once(member, inventory, monkeypatch):
    put_hosts(inventory, 2)
    kind = Kind("paint", "Paint a node", EverySchema, KINDS["create-cluster"].plan, {})
    monkeypatch.setitem(KINDS, "paint", kind)

    answer = member.get("/changes/new?kind=paint&cluster=prod")

    assert answer.status_code == 200
    for field in FORM:
        assert f'name="{field.name}"' in answer.text or field.input is Input.HOSTS
    assert re.findall(r'type="checkbox" name="hosts" value="(\w+)"', answer.text) == ["n1", "n2"]
    assert "role." not in answer.text
    assert "Paint a node" in answer.text
    assert '<option value="create-cluster">' in answer.text


def test_the_names_of_a_cluster_are_offered_by_what_they_mean(
    member, ledger, inventory, monkeypatch
):
    put_hosts(inventory, 4)
    formed(ledger, inventory, "prod", control_plane=["n1"], workers=["n2"])
    kind = Kind("paint", "Paint a node", EverySchema, KINDS["create-cluster"].plan, {})
    monkeypatch.setitem(KINDS, "paint", kind)

    page = member.get("/changes/new?kind=paint&cluster=prod").text

    (one,) = re.findall(r'<select id="f-node".*?</select>', page, re.DOTALL)
    assert re.findall(r"<option>(\w+)", one) == ["n1", "n2"]
    assert re.findall(r'type="checkbox" name="nodes" value="(\w+)"', page) == ["n1", "n2"]
    assert re.findall(r'type="checkbox" name="hosts" value="(\w+)"', page) == ["n3", "n4"]
    assert '<datalist id="clusters"><option>prod</option></datalist>' in page


def test_a_link_to_a_form_leaves_what_it_does_not_name_as_the_kind_has_it(member):
    page = member.get("/changes/new?kind=upgrade&cluster=prod").text
    maintain = ChangeForm(MultiDict({"kind": "maintain", "cluster": "prod", "packages": "true"}))

    (drain,) = re.findall(r'<input id="f-drain"[^>]*>', page)
    assert " checked" in drain
    values = {field.name: field.value for field in maintain.fields({})}
    assert (values["reboot"], values["drain"], values["packages"]) == ("True", "True", "true")


def test_a_box_that_somebody_has_cleared_stays_so_when_the_form_is_shown_again():
    typed = MultiDict({"kind": "upgrade", "cluster": "prod", "csrf_token": "x", "channel": ""})

    values = {field.name: field.value for field in ChangeForm(typed).fields({})}

    assert (values["drain"], values["channel"]) == ("", "")


def test_where_a_field_takes_one_of_a_few_words_they_can_be_chosen(member):
    page = member.get("/changes/new?kind=drill&cluster=prod").text

    target, how = re.findall(r'<select id="f-(?:target|how)".*?</select>', page, re.DOTALL)
    assert re.findall(r"<option[^>]*>(\w+)", target) == ["automatic", "worker", "leader", "voter"]
    assert re.findall(r"<option selected>(\w+)", how) == ["stop"]
    assert 'name="seconds" value="120"' in page


def test_what_is_typed_in_lines_is_told_as_it_is_read():
    form = {field.name: field for field in fields_of(KINDS["label-nodes"].schema())}

    assert "one node=value a line" in form["zones"].help
    assert "one a line: host, then the value" in form["unlabel"].help
    assert "one a line: host key=value" in form["labels"].help


def test_a_form_begins_with_the_kind_that_forms_a_cluster():
    assert ChangeForm(MultiDict()).kind is KINDS["create-cluster"]
    assert ChangeForm(MultiDict({"kind": "apply"})).kind is KINDS["apply"]
