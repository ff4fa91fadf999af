"""The page on backups says what the code does."""

import shlex

from click.testing import CliRunner
from pages import code_blocks, read

from api.backups import bp
from cli.main import cli
from cluster.backups import LEAST_ENTRIES
from deploy_scripts.backups.on_host import PIECE_BYTES
from deploy_scripts.backups.sealing import FRAME_BYTES
from deploy_scripts.backups.shelf import FOLDER, KEY, MANIFEST, SEALED
from workflows.kinds import KINDS
from workflows.kinds.backup import USUAL_KEPT

PAGE = read("docs/how-to/backup.md")


def test_the_numbers_and_files_are_those_of_the_code():
    assert bp.name == "backups"
    assert f"in pieces of {PIECE_BYTES // 1024**2} MiB" in PAGE
    assert f"frames of {FRAME_BYTES // 1024**2} MiB" in PAGE
    assert f"fewer than {LEAST_ENTRIES} objects" in PAGE
    assert f"how many are kept ({USUAL_KEPT} where nothing is said)" in PAGE
    assert f"`{FOLDER}/CLUSTER/NAME{SEALED}`" in PAGE
    assert f"`{FOLDER}/CLUSTER/NAME{MANIFEST}`" in PAGE
    assert f"`{KEY}`" in PAGE


def test_its_commands_are_commands_of_kinds_that_there_are():
    lines = [line for block in code_blocks(PAGE, "bash") for line in block.splitlines() if line]

    assert len(lines) == 11
    for line in lines:
        _, group, verb, *rest = shlex.split(line)
        if group == "backups":
            assert CliRunner().invoke(cli, [group, verb, "--help"]).exit_code == 0
        else:
            assert {verb, *rest[:1]} & KINDS.keys()
