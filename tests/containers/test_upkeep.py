"""The commands of docs/containers.md on the running stack, as they stand there."""

import re
import shlex
import subprocess

import pytest
from composed import NET, PRODUCT, PROJECT, ROOT

pytestmark = pytest.mark.containers

PAGE = (ROOT / "docs/containers.md").read_text()


def block(containing):
    """Return the one block of commands that has a text in it."""
    blocks = re.findall(r"^```bash\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (found,) = [text for text in blocks if containing in text]
    return found


def follow(stack, text, folder):
    """Run documented commands in a folder, on the tests' own project instead of a user's."""
    ours = text.replace("clusterwright:0.1.0", PRODUCT).replace("clusterwright_", f"{PROJECT}_")
    compose = shlex.join(stack.command)
    script = (
        "set -euo pipefail\n"
        f'docker() {{ if [ "$1" = compose ]; then shift; {compose} "$@"; '
        f'else command docker "$@"; fi; }}\n{ours}'
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}\n{stack.logs()}"
    return done.stdout


def test_the_command_line_shows_hosts_and_jobs(stack, tmp_path):
    stdout = follow(stack, "docker compose run --rm -T cli jobs list\n", tmp_path)

    assert stdout.strip()


def test_a_key_of_ones_own_gets_to_the_celery_worker_alone(stack, tmp_path):
    (tmp_path / "key").write_text("a key\n")
    line = next(line for line in PAGE.splitlines() if "--entrypoint sh cli" in line)

    follow(stack, line.replace("~/.ssh/id_ed25519", "key"), tmp_path)

    keys = "/var/lib/clusterwright/keys"
    assert (
        stack.inside("worker", f"cat {keys}/default; stat -c '%a' {keys}/default") == "a key\n600"
    )
    assert stack.inside("api", f"ls {keys}") == ""


def test_a_host_that_shows_its_key_can_be_added_as_documented(stack, tmp_path):
    line = next(line for line in PAGE.splitlines() if "--scan" in line)
    ours = re.sub(r"--address \S+ --user \S+", f"--address {NET}.14 --user root", line)

    stdout = follow(stack, f"{ours.replace('run --rm', 'run --rm -T')} --yes\n", tmp_path)

    assert f"root@{NET}.14:22" in stdout


def test_a_backup_brings_hosts_and_token_back_after_everything_was_lost(stack, tmp_path):
    before = [host["name"] for host in stack.client.get("/v1/hosts").json()["hosts"]]
    token = stack.inside("api", "cat /var/lib/clusterwright/token")
    follow(stack, block("-cz redis data keys"), tmp_path)

    # Hosts of the lab are not part of what a user keeps, and hold on to volumes.
    stack.compose("--profile", "*", "down", "--volumes", seconds=120)
    follow(stack, block("-xzp"), tmp_path)

    assert stack.inside("api", "cat /var/lib/clusterwright/token") == token
    after = [host["name"] for host in stack.client.get("/v1/hosts").json()["hosts"]]
    assert after == before != []
    assert (tmp_path / "clusterwright-backup.tar.gz").stat().st_mode & 0o077 == 0
