"""Every block of commands in a document runs as it is pasted into a fresh shell."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pages import PAGES, ROOT, code_blocks

HOSTS = ["n1", "n2", "n3", "cp-1", "cp-2", "cp-3", "w-1", "x-1"]
SECONDS = 400
REAL_HOSTS = "needs hosts of one's own"
CONTAINERS = "needs a container engine; tests/containers runs the same"
REVOKE = "source scripts/env\npython -m api.local_token revoke"
INTEGRATIONS = "docs/integrations/"
ELSEWHERE = {
    "docs/how-to/drill.md": "tests/cli/test_drills_pasted.py pastes them, with a cluster",
    "docs/how-to/cluster-file.md": (
        "tests/cli/test_cluster_file_pasted.py pastes them, with hosts that are free"
    ),
    "docs/how-to/subscriptions.md": (
        "tests/cli/test_subscriptions_pasted.py pastes them, with the page's own receiver"
    ),
    "docs/how-to/adopt.md": (
        "tests/e2e/test_adopt_pasted.py pastes them, where a cluster is that nobody manages"
    ),
    "docs/how-to/recover-quorum.md": (
        "tests/e2e/test_quorum_recovered.py pastes them, where a cluster has lost its quorum"
    ),
}
"""Pages of which a test of their own pastes every block."""
OPERATORS = ("first-cluster-", "day-2", "disaster", "kubeconfig")
"""Pages of docs/how-to about clusters and machines of one's own, by how they begin."""
A_CLUSTER = "wants a cluster in production; tests/e2e/test_backups_over_http.py does the same"
A_BUCKET = "wants a server of one's own; tests/cli/test_doctor_of_buckets.py has one"
NOT_RUN = {
    ("README.md", "make demo"): "the demo has its own tests, and make test is what runs this",
    ("README.md", "make up"): "runs until Ctrl-C; the stack here is started by it",
    ("README.md", "source scripts/env\ninstall -m 600 ~/.ssh/id_ed25519"): REAL_HOSTS,
    ("README.md", "source scripts/env\nclusterwright hosts add bastion"): REAL_HOSTS,
    ("README.md", "source scripts/env\nfor n in 1 2 3"): REAL_HOSTS,
    ("CONTRIBUTING.md", "git clone"): "fetches the repository, and runs the tests",
    ("docs/how-to/backup.md", "clusterwright change backup"): A_CLUSTER,
    ("docs/how-to/backup.md", "clusterwright schedules add"): A_CLUSTER,
    ("docs/how-to/backup.md", "clusterwright change destroy-cluster"): A_CLUSTER,
    ("docs/how-to/backup.md", "export CLUSTERWRIGHT_BACKUP_S3"): A_BUCKET,
    ("docs/how-to/backup.md", "clusterwright backups copy"): A_BUCKET,
    ("docs/how-to/backup.md", "docker compose"): CONTAINERS,
    ("docs/acceptance.md", "sudo snap remove"): "removes MicroK8s from this machine",
    ("docs/containers.md", ""): CONTAINERS,
    ("docs/lab.md", "snap download"): "needs the snap store",
    ("docs/operations.md", REVOKE): "ends the token that all others send; has a test of its own",
}
"""What is not run, by its page and first words, and why."""


def blocks(*names: str) -> list[tuple[str, str]]:
    """Return the pages' blocks of commands; without a name, those of all pages."""
    pages = {str(page.relative_to(ROOT)): page for page in PAGES}
    return [
        (name, block)
        for name in names or pages
        for block in code_blocks(pages[name].read_text(), "bash")
    ]


def reason(name: str, block: str) -> str:
    """Return why a block is not run; empty when it is."""
    if name.startswith(INTEGRATIONS):
        return "tests/docs/test_integration_pages.py pastes them, with the secrets that they need"
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    if name.removeprefix("docs/how-to/").startswith(OPERATORS):
        return "wants machines of one's own; tests/docs/test_readme.py parses its commands"
    found = (
        why for (page, words), why in NOT_RUN.items() if page == name and block.startswith(words)
    )
    return next(found, "")


@dataclass
class Clone:
    """A fresh clone that was set up, and a home of its own."""

    folder: Path
    environment: dict[str, str]

    def paste(self, block: str) -> subprocess.CompletedProcess[str]:
        """Paste into a shell that was opened in the clone, and that stops where a line fails."""
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", block],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


@pytest.fixture(scope="module")
def clone() -> Iterator[Clone]:
    top = Path(tempfile.mkdtemp(prefix="cw-", dir="/tmp"))  # short, for the sockets in it
    one = Clone(top / "clone", environment(top))
    try:
        copy_files(one.folder)
        yield one
    finally:
        shutil.rmtree(top, ignore_errors=True)


@pytest.fixture(scope="module")
def running(clone: Clone) -> Iterator[Clone]:
    """The clone with a stack, and one lab for what each page calls its own hosts."""
    lab = f"up {' '.join(HOSTS)} --durations zero --dqlite emulated"
    with stack(clone):
        try:
            pasted(clone, f'make lab ARGS="{lab}"')
            put_hosts_of_the_readme(clone)
            yield clone
        finally:
            clone.paste(". scripts/env; clusterwright lab down")


@pytest.fixture(scope="module")
def readme(running: Clone) -> dict[str, str]:
    """What the README's blocks print, by block."""
    return pasted_blocks(running, "README.md")


def environment(top: Path) -> dict[str, str]:
    for name in ("home", "run"):
        (top / name).mkdir(mode=0o700)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(top / "home"),
        "XDG_RUNTIME_DIR": str(top / "run"),  # labs of this machine are others' affair
        "TMPDIR": str(top / "run"),
        "CLUSTERWRIGHT_URL": f"http://127.0.0.1:{port}",
        "SETUP_PACKAGES": "no",
    }


def copy_files(folder: Path) -> None:
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").mkdir()
    for part in (ROOT / ".venv").iterdir():
        if part.name != ".set-up":
            (folder / ".venv" / part.name).symlink_to(part)
    key = (
        "(pwd && cat requirements-dev.lock pyproject.toml scripts/setup) | sha256sum >.venv/.set-up"
    )
    subprocess.run(["bash", "-c", key], cwd=folder, check=True)


@contextmanager
def stack(clone: Clone) -> Iterator[None]:
    """Run ``make up`` as the README says, at a port that is free here."""
    bind = clone.environment["CLUSTERWRIGHT_URL"].removeprefix("http://")
    process = subprocess.Popen(
        ["make", "up", f"ARGS=--bind {bind} --api-processes 1 --concurrency 2"],
        cwd=clone.folder,
        env=clone.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("ready"):
                break
        else:
            pytest.fail("".join(lines))
        yield
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=SECONDS)


def test_every_reason_against_running_a_block_is_about_one():
    unused = [
        key
        for key in NOT_RUN
        if not any(name == key[0] and block.startswith(key[1]) for name, block in blocks())
    ]

    assert unused == []


def test_the_tests_that_paste_pages_by_themselves_are_there_and_name_those_pages():
    for page, why in ELSEWHERE.items():
        text = (ROOT / why.partition(" ")[0]).read_text()
        assert Path(page).name in text


def test_each_block_of_the_readme_runs_as_pasted(readme):
    changed = next(out for block, out in readme.items() if "OPS-1234" in block)
    assert "event: job.succeeded" in changed
    waited = next(out for block, out in readme.items() if "change create-cluster prod" in block)
    assert "create-cluster prod succeeded" in waited


@pytest.mark.slow
@pytest.mark.usefixtures("readme")
def test_each_block_of_the_other_pages_runs_as_pasted(running):
    others = {name for name, _ in blocks()} - {"README.md", "docs/lab.md"}

    outputs = pasted_blocks(running, "docs/lab.md", *sorted(others))

    waited = next(out for block, out in outputs.items() if "change create-cluster try" in block)
    assert "create-cluster try succeeded" in waited


def pasted_blocks(clone: Clone, *names: str) -> dict[str, str]:
    """Paste the blocks of these pages, each into a shell of its own; the lab runs and goes on."""
    outputs = {}
    for name, block in blocks(*names):
        if not reason(name, block):
            text = block.replace("make lab  ", "true").replace("clusterwright lab down", "true")
            outputs[block] = pasted(clone, text)
    return outputs


def pasted(clone: Clone, text: str) -> str:
    done = clone.paste(text)
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
    return done.stdout


def put_hosts_of_the_readme(clone: Clone) -> None:
    """Put those that the README has at addresses of somebody's own network."""
    code = (
        "import json, shutil, sys; from lab import Lab; lab = Lab.open('default'); "
        "shutil.copy(lab.key_file, sys.argv[1]); print(json.dumps(lab.inventory()))"
    )
    inventory = pasted(clone, f'. scripts/env; .venv/bin/python -c "{code}" $data/keys/lab')
    pasted(clone, ". scripts/env; cp -p $data/keys/lab $data/keys/default")
    rows = [row | {"ssh_key": "lab"} for row in json.loads(inventory)]
    wanted = [row for row in rows if not row["name"].startswith("n")]
    (clone.folder / "hosts.json").write_text(json.dumps(wanted))
    pasted(clone, ". scripts/env; clusterwright hosts import hosts.json")


@pytest.mark.slow
def test_what_is_printed_to_do_next_works_when_pasted(running):
    text = 'error: snap "microk8s" is not available on 1.32/stable'
    fault = f"clusterwright lab fault add x-1 'snap install' fail-before --times 1 --text '{text}'"
    change = "clusterwright change create-cluster mended --control-plane x-1 --wait"

    result = running.paste(f". scripts/env\n{fault}\n{change}")
    after = result.stdout.partition("\nnext: ")[2].splitlines()
    printed = [line.strip() for line in after if line.startswith("  ")]

    assert result.returncode == 1
    assert [line.split()[2] for line in printed] == ["retry", "rollback"]
    retried = running.paste(f". scripts/env\n{printed[0]}")
    assert retried.returncode == 0, retried.stdout + retried.stderr


@pytest.mark.slow
def test_what_a_kept_demo_prints_works_when_pasted_and_ends_it(clone):
    stdout = clone.paste(
        ".venv/bin/clusterwright demo --topology single --durations zero --keep"
    ).stdout
    shown, _, ending = stdout.partition("kept running: ")[2].partition("end it with\n")

    looked = clone.paste("\n".join(line for line in shown.splitlines() if line.startswith("  ")))
    ended = clone.paste(ending)

    assert looked.returncode == 0, looked.stderr
    assert "demo: single" in looked.stdout
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("ended; nothing is left running\n")
    assert list(Path(clone.environment["TMPDIR"]).glob("cw-demo-*")) == []


def test_the_set_up_leaves_packages_alone_where_it_is_told_so(clone):
    tools = clone.folder / "tools"
    tools.mkdir()
    for name in ("apt-get", "sudo"):
        (tools / name).write_text(f"#!/bin/sh\necho called >>{tools}/called\n")
        (tools / name).chmod(0o755)
    needed = (
        *(
            "bash",
            "cat",
            "cp",
            "dirname",
            "echo",
            "env",
            "flock",
            "id",
            "mkdir",
            "mktemp",
            "python3",
        ),
        *("rm", "sha256sum", "sort", "uname", "xargs"),
    )
    for name in needed:
        (tools / name).symlink_to(shutil.which(name) or name)
    environment = clone.environment | {"PATH": str(tools)}

    done = subprocess.run(
        ["scripts/setup"], cwd=clone.folder, env=environment, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert "SETUP_PACKAGES=no: these Debian packages are missing and stay so:" in done.stderr
    assert "set-up: without: hosts of the lab have no ping (iputils-ping)" in done.stderr
    assert not (tools / "called").exists()


@pytest.mark.slow
def test_the_block_that_revokes_the_first_token_runs_as_pasted(running):
    """The last test of this stack: nobody is let in with that token any more."""
    found = [block for _, block in blocks("docs/operations.md") if block.startswith(REVOKE)]
    asks = 'source scripts/env; curl -so /dev/null -w "%{http_code}" -H "$auth" "$api/hosts"'
    assert pasted(running, asks) == "200"

    for block in found:
        pasted(running, block)

    deadline = time.monotonic() + SECONDS
    while pasted(running, asks) != "401":  # after five seconds
        assert time.monotonic() < deadline
        time.sleep(0.2)
