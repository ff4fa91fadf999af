"""Every command has its manual page, and what stands there is true."""

import contextlib
import re
import subprocess

import click
import pytest
from answering_api import answering
from click.testing import CliRunner

from cli.change_manual import KindManual
from cli.main import cli
from cli.manual import Manual

SECTIONS = ["Name", "Synopsis", "Description", "Options", "Examples", "Exit status", "See also"]


def commands(group, words=()):
    yield words, group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


ALL = list(commands(cli))
each_command = pytest.mark.parametrize(("words", "command"), ALL, ids=[" ".join(w) for w, _ in ALL])


@pytest.fixture(autouse=True)
def api(monkeypatch):
    """The API from which the command line learns which kinds of change there are."""
    with answering() as server:
        monkeypatch.setenv("CLUSTERWRIGHT_URL", server.url)
        monkeypatch.setenv("CLUSTERWRIGHT_TOKEN", "t")
        yield server


def manual(words):
    result = CliRunner().invoke(cli, [*words, "--help"], prog_name="clusterwright")
    assert result.exit_code == 0
    return result.stdout


@each_command
def test_a_manual_page_has_all_sections_in_their_order(words, command):
    page = manual(words)

    headings = re.findall(r"^(\S[^:\n]*):$", page, re.MULTILINE)
    lists = {"Commands", "Kinds"}
    assert [heading for heading in headings if heading not in lists] == SECTIONS
    bodies = re.split(r"^\S[^:\n]*:$", page, flags=re.MULTILINE)[1:]
    assert [body for body in bodies if not body.strip()] == []
    assert ("Commands" in headings) == isinstance(command, click.Group)
    assert ("Kinds" in headings) == isinstance(command, KindManual)


@each_command
def test_every_option_says_what_it_is_for(words, command):
    silent = [
        param.name for param in command.params if isinstance(param, click.Option) and not param.help
    ]

    assert silent == []


@each_command
def test_every_example_can_be_pasted_and_shows_this_command(words, command, tmp_path):
    pasted = paste("\n".join(command.examples), tmp_path)

    for line in pasted:
        with contextlib.chdir(tmp_path):
            parse(cli, line)
    assert any(line[: len(words)] == list(words) for line in pasted)


# Each argument in a line of its own, and a line with a sign that stands in no argument.
RECORD = """#!/bin/sh
{ [ $# = 0 ] || printf '%s\\n' "$@"; printf '\\f\\n'; } >> "$HOME/recorded"
"""


def paste(text, folder):
    """Have bash run what a person pastes, and return the arguments that we would get."""
    (folder / "hosts.json").write_text('{"hosts": []}')
    for name in ("rules.yaml", "event.json", "body.json", "signing-secret.txt"):
        (folder / name).write_text("{}")
    for name in ("clusterwright", "ssh", "ssh-keyscan", "pyinfra"):
        (folder / name).write_text(RECORD if name == "clusterwright" else "#!/bin/sh\n")
        (folder / name).chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder)}
    subprocess.run(["bash", "-c", text], env=environment, cwd=folder, check=False)
    recorded = (folder / "recorded").read_text()
    return [line.split("\n")[:-1] for line in recorded.split("\f\n")[:-1]]


def is_own(words):
    """Whether the words are a group's own options, and name none of its commands."""
    return not words or words[0].startswith("-")


def parse(command, words):
    """Parse a command line without running anything."""
    if isinstance(command, click.Group) and not (command.invoke_without_command and is_own(words)):
        with command.make_context("clusterwright", list(words)) as context:
            rest = [*context._protected_args, *context.args]
        return parse(command.commands[rest[0]], rest[1:])
    with command.make_context(command.name, list(words)):
        return None


@each_command
def test_the_commands_to_see_as_well_exist(words, command):
    names = {" ".join(name) for name, _ in ALL}

    assert isinstance(command, Manual)
    assert set(command.see_also) <= names
    assert " ".join(words) not in command.see_also


@each_command
def test_the_exit_codes_are_told(words, command):
    assert set(command.exits) >= {0, 1, 2}
    assert all(text.endswith(".") for text in command.exits.values())


@pytest.mark.parametrize(
    "words", [w for w, c in ALL if isinstance(c, click.Group)], ids=lambda w: " ".join(w) or "all"
)
def test_each_command_is_told_in_one_whole_line_at_80_columns(words):
    result = CliRunner().invoke(cli, [*words, "--help"], terminal_width=80)

    listed = result.stdout.partition("\nCommands:\n")[2].partition("\n\n")[0].splitlines()
    assert listed
    assert [line for line in listed if line.endswith("...") or not line[2:3].strip()] == []


def test_a_command_without_related_ones_leads_to_its_group():
    page = manual(("lab", "heal"))

    assert page.endswith("See also:\n  clusterwright lab --help\n")
