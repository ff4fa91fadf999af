"""Every block of commands in a document runs as it is pasted into a fresh shell."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pages import PAGES, ROOT, code_blocks

HOSTS = ["n1", "n2", "n3", "cp-1", "cp-2", "cp-3", "w-1", "x-1"]
SECONDS = 120
REAL_HOSTS = "needs hosts of one's own"
CONTAINERS = "needs a container engine; tests/containers runs the same"
NOT_RUN = {
    ("README.md", "make demo"): "the demo has its own tests, and make test is what runs this",
    ("README.md", "make up"): "runs until Ctrl-C; the stack here is started by it",
    ("README.md", "source scripts/env\ninstall -m 600 ~/.ssh/id_ed25519"): REAL_HOSTS,
    ("README.md", "source scripts/env\nclusterwright hosts add bastion"): REAL_HOSTS,
    ("CONTRIBUTING.md", "git clone"): "fetches the repository, and runs the tests",
    ("docs/acceptance.md", "sudo snap remove"): "removes MicroK8s from this machine",
    ("docs/containers.md", ""): CONTAINERS,
    ("docs/lab.md", "snap download"): "needs the snap store",
}
"""What is not run, by its page and first words, and why."""
ORDER = ["docs/lab.md", "README.md"]
"""The pages whose blocks make what those of the others look at."""


def blocks() -> list[tuple[str, str]]:
    pages = {str(page.relative_to(ROOT)): page for page in PAGES}
    names = [*ORDER, *(name for name in pages if name not in ORDER)]
    return [
        (name, block) for name in names for block in code_blocks(pages[name].read_text(), "bash")
    ]


def reason(name: str, block: str) -> str:
    """Return why a block is not run; empty when it is."""
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
    """The clone with a stack, and afterwards without a lab."""
    with stack(clone):
        yield clone
        clone.paste(". scripts/env; clusterwright lab down")


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
        ["make", "up", f"ARGS=--bind {bind}"],
        cwd=clone.folder,
        env=clone.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    try:
        told = []
        for line in process.stdout:
            told.append(line)
            if line.startswith("ready"):
                break
        else:
            pytest.fail("".join(told))
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


def test_each_block_runs_as_pasted(running):
    said = {}
    for name, block in blocks():
        if reason(name, block):
            continue
        # One lab for what each page calls its own hosts; commands of theirs take no time.
        text = block.replace(
            "make lab  ", f'make lab ARGS="up {" ".join(HOSTS)} --durations zero" '
        )
        text = text.replace("clusterwright lab down", "true lab down")
        done = running.paste(text)
        said[name, block] = done.stdout
        assert done.returncode == 0, f"{name}:\n{block}\n{done.stdout}{done.stderr}"
        if "lab env --shell" in block:
            put_hosts_of_the_readme(running)

    changed = next(out for (_, block), out in said.items() if '"reason": "OPS-1234"' in block)
    assert '"status":"succeeded"' in changed or "job.succeeded" in changed
    waited = next(out for (_, block), out in said.items() if "change create-cluster try" in block)
    assert "create-cluster try succeeded" in waited


def put_hosts_of_the_readme(clone: Clone) -> None:
    """Put those that the README has at addresses of somebody's own network."""
    added = (
        f'clusterwright hosts add {name} --address "$CLUSTERWRIGHT_LAB_NET.{place}" --port 2222 '
        f"--node-address 10.79.0.{place} --scan --yes"
        for place, name in enumerate(HOSTS, start=11)
        if not name.startswith("n")
    )
    lines = [". scripts/env", 'eval "$(clusterwright lab env --shell)"', *added]
    done = clone.paste("\n".join(lines))
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_what_is_printed_to_do_next_works_when_pasted(running):
    text = 'error: snap "microk8s" is not available on 1.32/stable'
    fault = f"clusterwright lab fault add x-1 'snap install' fail-before --times 1 --text '{text}'"
    change = "clusterwright change create-cluster mended --control-plane x-1 --wait"

    said = running.paste(f". scripts/env\n{fault}\n{change}")
    after = said.stdout.partition("\nnext: ")[2].splitlines()
    printed = [line.strip() for line in after if line.startswith("  ")]

    assert said.returncode == 1
    assert [line.split()[2] for line in printed] == ["retry", "rollback"]
    retried = running.paste(f". scripts/env\n{printed[0]}")
    assert retried.returncode == 0, retried.stdout + retried.stderr


@pytest.mark.slow
def test_what_a_kept_demo_prints_works_when_pasted_and_ends_it(clone):
    said = clone.paste(
        ".venv/bin/clusterwright demo --topology single --durations zero --keep"
    ).stdout
    shown, _, ending = said.partition("kept running: ")[2].partition("end it with\n")

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
