"""Ctrl-C as a person at a terminal presses it: a real terminal, a real signal."""

import re

import pytest
from answered_documents import job, step
from answering_api import answering
from terminals import at_a_terminal

CTRL_C = b"\x03"
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


@pytest.mark.parametrize(
    "words",
    [("watch", JOB), ("change", "create-cluster", "prod", "--control-plane", "n1", "--wait")],
    ids=["watch", "change --wait"],
)
def test_ctrl_c_says_that_the_job_goes_on_and_leaves_no_frame_behind(words):
    with (
        answering(**ANSWERS) as api,
        at_a_terminal("--url", api.url, *words, CLUSTERWRIGHT_TOKEN="t") as terminal,
    ):
        terminal.read_until("Install microk8s")
        terminal.press(CTRL_C)

        assert terminal.wait() == 130
    # All lines of the frame are erased, one after the other.
    shown = terminal.output.rpartition("\x1b[2K")[2].replace("\r\n", "\n")
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
    shown = re.sub(r"\r\n", "\n", terminal.output)
    assert "ending (SIGINT): the stack and the hosts" in shown
    assert shown.rstrip().endswith("ended; nothing is left running")
    assert list(tmp_path.glob("cw-demo-*")) == []
