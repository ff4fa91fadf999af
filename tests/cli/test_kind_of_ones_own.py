"""A kind that only this test has, in a file of its own as it were: everything knows it at once."""

import re
import runpy
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from marshmallow import Schema, fields
from serving import serving
from werkzeug.datastructures import MultiDict

from api.page.change_form import ChangeForm
from cli.main import cli
from cluster.meanings import ControlPlaneName, FreeHosts, NodeNames, by_node
from cluster.names import Labels
from cluster.spec import Cluster, Environment, Host, Node, Role
from workflows.inventory import Inventory
from workflows.kinds import KINDS
from workflows.plan import Draft, Kind, Needs

ROOT = Path(__file__).resolve().parents[2]
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
NAMES = ("n1", "n2", "n3")
SAIL = {"crew": ["n1"], "captain": "n2", "flags": {"n2": {"colour": "red"}}, "night": True}


class SailSchema(Schema):
    """What a ``sail`` request says."""

    crew = FreeHosts(load_default=list, metadata={"description": "Hosts that come along"})
    mates = NodeNames(load_default=list, metadata={"description": "Nodes that stay on board"})
    captain = ControlPlaneName(metadata={"description": "Who steers"})
    flags = by_node(Labels(), "Flags, by node")
    night = fields.Boolean(load_default=False, metadata={"description": "Whether lights are on"})


@pytest.fixture
def sail(monkeypatch):
    kind = Kind("sail", "Sail away", SailSchema, lambda *_: Draft(), SAIL, needs=Needs.ANY)
    monkeypatch.setitem(KINDS, "sail", kind)
    return kind


@pytest.fixture
def api(redis, settings, sail):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", KEY))
    with serving(redis, settings) as served:
        yield served


def test_the_api_tells_it_with_what_its_names_mean(api):
    headers = {"Authorization": f"Bearer {api.token}"}
    kinds = httpx.get(f"{api.url}/v1/kinds", headers=headers, trust_env=False).json()["kinds"]

    (row,) = (kind for kind in kinds if kind["name"] == "sail")
    properties = row["schema"]["properties"]
    assert (row["summary"], row["needs"], row["example"]) == ("Sail away", "any", SAIL)
    assert properties["captain"]["x-clusterwright-meaning"] == "control-plane-node"
    assert properties["crew"]["items"]["x-clusterwright-meaning"] == "free-host"
    assert properties["flags"]["propertyNames"]["x-clusterwright-meaning"] == "node"


def test_the_command_line_has_its_options_and_its_help(api):
    listed = api.run("change", "--help")
    manual = api.run("change", "sail", "--help")

    assert re.search(r"^  sail +Sail away$", listed.stdout, re.MULTILINE)
    assert "--crew HOST,..." in manual.stdout
    assert "change sail prod --crew n1 --captain n2 --flags n2:colour=red --night" in manual.stdout


def test_a_wrong_name_is_refused_at_its_place_without_a_line_of_its_own(api):
    found = api.run("plan", "sail", "prod", "--crew", "n1,n8", "--captain", "n9", "--json")

    assert found.exit_code == 1
    assert re.findall(r'"field": "(/params[^"]*)"', found.stdout) == [
        "/params/crew/1",
        "/params/captain",
    ]


def test_what_is_wrong_with_an_option_is_told_by_its_name(api):
    found = api.run("plan", "sail", "prod", "--captain", "No Name")

    assert found.exit_code == 1
    assert "\n  --captain: cannot" in found.stderr
    assert "/params/" not in found.stderr


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("change sai", "sail"),
        ("plan sail prod --crew ", "n1"),
        ("change sail prod --ni", "--night"),
    ],
)
def test_a_shell_completes_it(api, words, offered):
    asked = {
        "_CLUSTERWRIGHT_COMPLETE": "bash_complete",
        "COMP_WORDS": f"clusterwright {words}",
        "COMP_CWORD": str(words.count(" ") + 1),
        "CLUSTERWRIGHT_URL": api.url,
        "CLUSTERWRIGHT_TOKEN": api.token,
    }
    found = CliRunner().invoke(cli, [], prog_name="clusterwright", env=asked)

    assert [line.partition(",")[2] for line in found.stdout.split()] == [offered]


def test_its_form_offers_what_its_names_mean(sail):
    hosts = [Host(name, "10.0.0.1", KEY, cluster="" if name == "n1" else "prod") for name in NAMES]
    nodes = {"n2": Role.CONTROL_PLANE, "n3": Role.WORKER}
    cluster = Cluster(
        "prod",
        Environment.DEV,
        {name: Node(name, role, "1.32/stable") for name, role in nodes.items()},
    )
    typed = MultiDict({"kind": "sail", "cluster": "prod", "crew": "n1", "captain": "n2"})

    form = ChangeForm(typed, tuple(hosts), cluster)

    choices = {field.name: field.choices for field in form.fields({}) if field.choices}
    assert choices == {"crew": ("n1",), "mates": ("n2", "n3"), "captain": ("n2",)}
    change, errors = form.change()
    assert (errors, change.params["crew"], change.params["captain"]) == ({}, ["n1"], "n2")


@pytest.mark.parametrize("script", ["changes_page", "cli_page"])
def test_the_pages_that_are_written_by_a_script_tell_it(script, sail):
    page = runpy.run_path(str(ROOT / "scripts" / f"{script}.py"))["render"]()

    assert "Sail away" in page
    assert "Hosts that come along" in page


def test_nothing_but_a_kinds_own_file_knows_its_name_or_its_params():
    """What is told of all kinds names none.

    `create-cluster` is named by demos and examples, chats have words of their own for some, and
    what may be said of labels together stands in a file of its own, which that kind alone has.
    """
    own = ("add-nodes", "label-nodes", "unlabel", "untaint", "zones")
    named = re.compile(rf"""["'](?:{"|".join(own)})["']""")
    folders = ("api", "cli", "cluster", "workflows", "scripts")
    files = [
        file
        for folder in folders
        for ending in ("*.py", "*.html", "*.js")
        for file in (ROOT / folder).rglob(ending)
        if file.parent.name != "kinds" and file.name not in {"said_changes.py", "label_rules.py"}
    ]

    assert len(files) > 100
    assert [str(file) for file in files if named.search(file.read_text())] == []
