"""Ctrl-C as a person at a terminal presses it: a real terminal, a real signal."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from answered_documents import job, step
from answering_api import answering

CTRL_C = b"\x03"
SECONDS = 60
RUNNING = job(
    step("install_microk8s", "n1", status="running", attempt=1, started=101.0),
    status="running",
    started=100.0,
)
JOB = RUNNING["id"]
ANSWERS = {
    f"/v1/jobs/{JOB}": (200, RUNNING),
    f"/v1/jobs/{JOB}/events": (200, ": open\n\n"),
    "/v1/clusters/prod/changes": (202, RUNNING),
}


class Terminal:
    """A command at a terminal of its own."""

    def __init__(self, words: list[str]) -> None:
        self._end, end = pty.openpty()
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli", *words],
            stdin=end,
            stdout=end,
            stderr=end,
            env=os.environ | {"CLUSTERWRIGHT_TOKEN": "t", "TERM": "xterm", "COLUMNS": "100"},
            start_new_session=True,
            # The terminal becomes the session's, so that a key in it is a signal to the command.
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),
        )
        os.close(end)

    def press(self, keys: bytes) -> None:
        os.write(self._end, keys)

    def read_until(self, text: str) -> None:
        deadline = time.monotonic() + SECONDS
        while text not in self.said:
            assert time.monotonic() < deadline, self.said
            self._read(1.0)

    def wait(self) -> int:
        """Return the exit code, once all is read."""
        deadline = time.monotonic() + SECONDS
        while self._read(0.1) or self.process.poll() is None:
            assert time.monotonic() < deadline, self.said
        os.close(self._end)
        return self.process.wait()

    def _read(self, seconds: float) -> bool:
        if not select.select([self._end], [], [], seconds)[0]:
            return False
        try:
            more = os.read(self._end, 65536)
        except OSError:  # what the kernel answers once nobody has the other end open
            return False
        self.said += more.decode(errors="replace")
        return bool(more)


@contextmanager
def at_a_terminal(*words: str) -> Iterator[Terminal]:
    terminal = Terminal([*words])
    try:
        yield terminal
    finally:
        terminal.process.kill()
        terminal.process.wait()


@pytest.mark.parametrize(
    "words",
    [("watch", JOB), ("change", "create-cluster", "prod", "--control-plane", "n1", "--wait")],
    ids=["watch", "change --wait"],
)
def test_ctrl_c_says_that_the_job_goes_on_and_leaves_no_frame_behind(words):
    with (
        answering(**ANSWERS) as api,
        at_a_terminal("--url", api.url, *words) as terminal,
    ):
        terminal.read_until("Install microk8s")
        terminal.press(CTRL_C)

        assert terminal.wait() == 130
    # All lines of the frame are erased, one after the other.
    shown = terminal.said.rpartition("\x1b[2K")[2].replace("\r\n", "\n")
    assert shown.replace("^C", "").strip().splitlines()[-3:] == [
        "no longer following: job 3f2a91c0 goes on",
        f"  follow it again: clusterwright --url {api.url} watch 3f2a91c0",
        f"  stop it: clusterwright --url {api.url} jobs cancel 3f2a91c0",
    ]
    assert "running" not in shown
    assert "Aborted" not in shown


def test_ctrl_c_in_the_demo_says_what_it_does_and_that_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with at_a_terminal("demo", "--topology", "single", "--durations", "zero") as terminal:
        terminal.read_until("starting Redis")
        terminal.press(CTRL_C)

        assert terminal.wait() == 130
    said = re.sub(r"\r\n", "\n", terminal.said)
    assert "ending (SIGINT): the stack and the hosts" in said
    assert said.rstrip().endswith("ended; nothing is left running")
    assert list(tmp_path.glob("cw-demo-*")) == []
