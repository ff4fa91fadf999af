import json
import os
import re
import shlex
import subprocess

import click
import pytest
from pages import PAGES, ROOT, code_blocks, read, rows, section
from told_kinds import told_kinds

from api.description.host_requests import HostRequestSchema
from api.description.schemas import ChangeRequestSchema
from cli.kinds import KINDS_KEY
from cli.main import cli
from workflows.kinds import KINDS

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw"


def shell_blocks():
    return [(page.name, block) for page in PAGES for block in code_blocks(page.read_text(), "bash")]


def commands(program):
    """Return the arguments of every command line of a program in any document."""
    found = []
    for page, block in shell_blocks():
        for line in block.replace("\\\n", " ").splitlines():
            start = re.search(rf"(?:^\s*|\$\()({program} .*)", line)
            if start:
                found.append((page, start[1].split(" #")[0].split(" | ")[0].split(" > ")[0]))
    return found


def make_targets():
    return set(re.findall(r"^([a-z0-9-]+):", read("Makefile"), re.MULTILINE))


def test_every_make_target_in_a_document_exists():
    named = {
        target
        for page in PAGES
        for target in re.findall(r"(?:^|`)make ([a-z0-9-]+)", page.read_text(), re.MULTILINE)
    }

    assert named - make_targets() == set()


def test_make_lists_its_targets():
    stdout = subprocess.run(["make", "-C", ROOT], capture_output=True, text=True, check=True).stdout

    listed = set(re.findall(r"^  make ([a-z0-9-]+)", stdout, re.MULTILINE))
    assert listed >= {"demo", "test", "check", "e2e", "up", "lab", "clean", "lock"}


@pytest.mark.parametrize(("page", "block"), shell_blocks(), ids=lambda part: part[:40])
def test_every_shell_block_is_valid_shell(page, block):
    text = block.replace("<this repository>", "repository")

    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)

    assert done.stderr == "", page


@pytest.mark.parametrize(
    ("page", "line"),
    commands("clusterwright"),
    ids=str,
)
def test_every_command_line_in_a_document_can_be_parsed(page, line):
    words = shlex.split(line.strip().rstrip(')"').replace("$CLUSTERWRIGHT_LAB_NET", "127.0.77"))

    parse(cli, words[1:])


def parse(command, words):
    """Parse a command line without running anything; no document puts options before a command."""
    root = click.Context(command)
    root.meta[KINDS_KEY] = told_kinds()
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        command, words = command.commands[words[0]], words[1:]
    with command.make_context(command.name, list(words), parent=root):
        pass


def test_the_demo_arguments_of_the_readme_can_be_parsed():
    arguments = re.findall(r'make demo ARGS="([^"]*)"', read("README.md"))

    assert arguments
    for line in arguments:
        parse(cli, ["demo", *shlex.split(line)])


def test_the_change_in_the_readme_is_one_that_the_api_takes():
    body = re.search(r"/changes .*? -d '(\{.*?\n\})'", read("README.md"), re.DOTALL)

    change = ChangeRequestSchema().load(json.loads(body[1]))

    assert KINDS[change["kind"]].schema().load(json.loads(body[1])["params"])


def test_the_host_in_the_readme_is_one_that_the_api_takes():
    text = re.search(r'-d "(\{.*\})"', read("README.md"))[1].replace('\\"', '"')
    body = json.loads(text.replace("$key", HOST_KEY).replace("$n", "1"))

    assert HostRequestSchema().load(body)["user"] == "ubuntu"


def test_every_setting_of_the_environment_has_its_row():
    documented = {row[0].strip("`") for row in rows(section(read("README.md"), "## Configuration"))}
    python = [
        f
        for folder in ("api", "buckets", "cli", "cluster", "workflows")
        for f in (ROOT / folder).rglob("*.py")
    ]
    read_names = {
        name
        for file in python
        for name in re.findall(r'"((?:CLUSTERWRIGHT|REDIS)_[A-Z0-9_]+)"', file.read_text())
    }

    assert documented == read_names


def test_every_link_between_documents_leads_somewhere():
    dead = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert dead == []


def test_every_file_that_a_document_names_exists():
    pattern = re.compile(
        r"`((?:api|cli|docs|lab|scripts|tests|workflows|deploy_scripts)/[\w./-]*)`"
    )

    dead = [
        f"{page.name}: {name}"
        for page in PAGES
        for name in pattern.findall(page.read_text())
        if not (ROOT / name).exists()
    ]

    assert dead == []


def test_every_decision_is_in_the_list_of_decisions():
    files = {path.name for path in (ROOT / "docs" / "adr").glob("0*.md")}

    assert set(re.findall(r"\]\((0[^)]+)\)", read("docs/adr/README.md"))) == files


@pytest.mark.parametrize("script", ["scripts/setup", "scripts/lock", ".ci/run", ".ci/nightly"])
def test_a_script_is_valid_and_may_be_executed(script):
    done = subprocess.run(["bash", "-n", ROOT / script], capture_output=True, check=False)

    assert done.stderr == b""
    assert os.access(ROOT / script, os.X_OK)
