"""Completion as shells ask for it: click's protocol, and a real bash."""

import os
import subprocess
import sys

import pytest
from answering_api import answering
from click.testing import CliRunner

from cli.main import cli
from workflows.kinds import KINDS

SHELLS = {"bash": "complete -o nosort -F", "zsh": "#compdef clusterwright", "fish": "complete "}
BASH = """
source <(clusterwright completion bash)
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_clusterwright_completion clusterwright
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def api():
    with answering() as server:
        yield server


def offered(*words, url, **environment):
    """Return what click's own protocol offers for the last word."""
    asked = {
        "_CLUSTERWRIGHT_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["clusterwright", *words]),
        "COMP_CWORD": str(len(words)),
        "CLUSTERWRIGHT_URL": url,
        "CLUSTERWRIGHT_TOKEN": "t",
    }
    result = CliRunner().invoke(cli, [], prog_name="clusterwright", env=asked | environment)
    return [line.partition(",")[2] for line in result.output.splitlines() if line]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_script(shell):
    result = CliRunner().invoke(cli, ["completion", shell])

    assert result.exit_code == 0
    assert SHELLS[shell] in result.stdout
    assert "_CLUSTERWRIGHT_COMPLETE" in result.stdout


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("clusters", "show", ""), ["prod"]),
        (("clusters", "show", "x"), []),
        (("watch", "3f"), ["3f2a91c03f2a"]),
        (("jobs", "retry", ""), ["3f2a91c03f2a"]),
        (("jobs", "list", "--cluster", ""), ["prod"]),
        (("hosts", "show", "cp"), ["cp-1", "cp-2"]),
        (("plan", ""), list(KINDS)),
        (("change", "add"), ["add-nodes"]),
        (("change", "add-nodes", ""), ["prod"]),
        (("change", "create-cluster", ""), []),
        (("change", "add-nodes", "prod", "--workers", ""), ["w-1"]),
        (("change", "destroy-cluster", "prod", "--confirm", ""), ["prod"]),
        (("change", "label-nodes", "prod", "--zones", "cp"), ["cp-1", "cp-2"]),
        (("change", "label-nodes", "prod", "--ded"), ["--dedicated"]),
        (("change", "create-cluster", "x", "--workers", "cp-1,w"), ["cp-1,w-1"]),
        (("change", "create-cluster", "x", "--control-plane", "cp"), []),
        (("hosts", "remove", ""), ["w-1"]),
        (("jobs", "rollback", ""), ["3f2a91c03f2a"]),
        (("jobs", "cancel", ""), []),
    ],
    ids=" ".join,
)
def test_names_come_from_the_api(api, words, names):
    assert offered(*words, url=api.url) == names


def test_commands_and_options_need_no_api():
    assert offered("clus", url="http://127.0.0.1:1") == ["clusters"]
    assert "--mermaid" in offered("clusters", "show", "--", url="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("url", "token"),
    [("http://127.0.0.1:1", "t"), ("nonsense", "t"), ("{url}", "wrong"), ("{url}", "")],
    ids=["nobody answers", "no URL", "wrong token", "no token"],
)
def test_an_api_that_does_not_answer_is_met_with_silence(api, tmp_path, url, token):
    environment = {"CLUSTERWRIGHT_TOKEN": token, "CLUSTERWRIGHT_DATA": str(tmp_path)}

    assert offered("clusters", "show", "", url=url.format(url=api.url), **environment) == []


def test_an_answer_that_is_none_is_met_with_silence():
    with answering(**{"/v1/clusters": (200, "hello"), "/v1/hosts": (200, {"hosts": [1]})}) as api:
        assert offered("clusters", "show", "", url=api.url) == []
        assert offered("hosts", "show", "", url=api.url) == []


def test_the_url_on_the_command_line_is_the_one_that_is_asked(api):
    words = ("--url", api.url, "clusters", "show", "")

    assert offered(*words, url="http://127.0.0.1:1") == ["prod"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["clusters", "sh"], ["show"]),
        (["clusters", "show", ""], ["prod"]),
        (["plan", "create-cluster", "x", "--workers", "cp-1,w"], ["cp-1,w-1"]),
    ],
    ids=["command", "cluster", "hosts"],
)
def test_a_real_bash_that_has_sourced_the_script_completes(api, tmp_path, words, names):
    program = tmp_path / "clusterwright"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli "$@"\n')
    program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "CLUSTERWRIGHT_URL": api.url,
        "CLUSTERWRIGHT_TOKEN": "t",
        "PYTHONPATH": os.getcwd(),
    }

    done = subprocess.run(
        ["bash", "-c", BASH, "bash", "clusterwright", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == names
    assert done.stderr == ""
