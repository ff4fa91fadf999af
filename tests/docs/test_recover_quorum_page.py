"""The page on recovering quorum says what the code does."""

import shlex

from click.testing import CliRunner
from pages import code_blocks, read

from cli.main import cli
from cluster.raft_logs import RaftLog, evidence
from deploy_scripts.keep_backends import FOLDER
from workflows.kinds import KINDS

PAGE = read("docs/how-to/recover-quorum.md")


def test_the_place_of_the_copies_and_the_words_of_the_evidence_are_those_of_the_code():
    logs = {
        host: RaftLog(3, index, 1, "10.0.0.1:19001", "")
        for host, index in (("n2", 451), ("n3", 440))
    }

    assert f"`{FOLDER}/JOB`" in PAGE
    assert f"`{evidence(logs)}`" in PAGE


def test_its_commands_have_the_options_that_they_name():
    lines = [line for block in code_blocks(PAGE, "bash") for line in block.splitlines() if line]

    assert len(lines) == 2
    for line in lines:
        _, command, kind, _, *rest = shlex.split(line)
        told = CliRunner().invoke(cli, [command, "--help"]).output
        options = {f"--{name.replace('_', '-')}" for name in KINDS[kind].form.fields}
        assert {word for word in rest if word.startswith("--")} <= options | {"--wait"}
        assert "--wait" in told or "--wait" not in rest
