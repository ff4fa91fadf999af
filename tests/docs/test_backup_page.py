"""The page on backups says what the code does."""

import os
import shlex
import subprocess

from click.testing import CliRunner
from pages import code_blocks, read

from api.backups import bp
from buckets.bucket import ANSWER_SECONDS, EXTRA, PART_BYTES
from buckets.target import CA_FILE, CREDENTIALS, ENDPOINT, REGION, TARGET, Target
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


def test_what_it_says_of_buckets_is_what_the_code_does():
    assert f"in parts of {PART_BYTES // 1024**2} MiB" in PAGE
    assert f"given up after {ANSWER_SECONDS} seconds" in PAGE
    assert f"clusterwright/{CREDENTIALS} <<" in PAGE
    assert f"`{EXTRA}`" in PAGE
    for name in (TARGET, ENDPOINT, REGION, CA_FILE):
        assert name in PAGE


def test_the_credentials_are_written_as_they_are_read(tmp_path):
    [block] = [each for each in code_blocks(PAGE, "bash") if "<<'END'" in each]
    subprocess.run(
        ["sh", "-ec", block], env={"HOME": str(tmp_path), "PATH": os.defpath}, check=True
    )
    data_dir = tmp_path / ".local/share/clusterwright"

    credentials = Target("kept", "", "", "", data_dir / CREDENTIALS).credentials()

    assert (credentials.key_id, credentials.secret) == ("AKEY", "ITSSECRET")


def test_its_commands_are_commands_of_kinds_that_there_are():
    lines = [
        line
        for block in code_blocks(PAGE, "bash")
        for line in block.splitlines()
        if line.startswith("clusterwright ")
    ]

    assert len(lines) > 10
    for line in lines:
        _, group, *more = shlex.split(line)
        verb, *rest = more or ["", ""]
        if not verb:
            assert CliRunner().invoke(cli, [group, "--help"]).exit_code == 0
        elif group == "backups":
            assert CliRunner().invoke(cli, [group, verb, "--help"]).exit_code == 0
        else:
            assert {verb, *rest[:1]} & KINDS.keys()
