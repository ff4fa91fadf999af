"""Each block of docs/how-to/subscriptions.md runs as it is pasted, and its receiver verifies."""

import ipaddress
import os
import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from polling import within
from serving import serving

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "how-to" / "subscriptions.md").read_text()
PORT = "8470"
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def port():
    """A free port in the place of the page's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


@pytest.fixture
def folder(tmp_path):
    """A folder in which the page's blocks find what they source."""
    for name in ("scripts", ".venv"):
        (tmp_path / name).symlink_to(ROOT / name)
    (receiver,) = blocks("python")
    (tmp_path / "receiver.py").write_text(receiver)
    return tmp_path


@pytest.fixture
def printed(folder, port):
    """What the page's receiver has printed."""
    output = folder / "printed"
    command = [sys.executable, "receiver.py", "board.secret", port]
    with output.open("w") as file:
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=subprocess.DEVNULL)
    within(lambda: _listens(port), "the receiver of the page to listen")
    yield output
    process.kill()
    process.wait(60)


def _listens(port):
    try:
        socket.create_connection(("127.0.0.1", int(port)), timeout=5).close()
    except OSError:
        return False
    return True


def test_each_block_of_the_page_runs_as_pasted_and_the_receiver_believes_what_is_signed(
    redis, settings, folder, printed, port
):
    with serving(redis, replace(settings, receiver_networks=LOOPBACK)) as api:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CLUSTERWRIGHT_URL": api.url,
            "CLUSTERWRIGHT_TOKEN": api.token,
        }
        told = []
        for block in blocks("bash"):
            done = subprocess.run(
                ["bash", "-eo", "pipefail", "-c", block.replace(PORT, port)],
                cwd=folder,
                env=environment | {"PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, block + done.stdout + done.stderr
            told.append(done.stdout)

    assert told[0].startswith("board answered 204 in ")
    assert printed.read_text() == "io.clusterwright.subscription.test jobs/test succeeded\n"
    assert '"name":"my-turn"' in told[1]
    assert "told of:    job.* in prod" in told[2]
    assert "pager" in told[3]
    assert (folder / "board.secret").read_text().startswith("whsec_")
