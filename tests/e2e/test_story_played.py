"""The story of the demo, played from its first line to its last, with both sides shown."""

import os
import re
import subprocess
import sys

import pytest
from terminals import at_a_terminal

SECONDS = 400
FAST = ("--story", "ops", "--topology", "single", "--durations", "zero")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """What the story has told, and where its files were."""
    folder = tmp_path_factory.mktemp("story")
    done = subprocess.run(
        [sys.executable, "-m", "cli", "demo", *FAST],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env=os.environ | {"TMPDIR": str(folder)},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done, folder


def in_order(text, *parts):
    """Say whether parts stand in a text one behind the other."""
    return re.search(".*".join(map(re.escape, parts)), text, re.DOTALL) is not None


@pytest.mark.slow
def test_a_ticket_is_approved_in_the_chat_and_told_with_its_evidence(played):
    told = played[0].stdout

    assert in_order(
        told,
        "ticket OPS-42, 'One more node for the load test': Ada moves it to Approved",
        "cluster 202 Accepted: job",
        "chat bob presses [Approve]",
        "ticket OPS-42 moves from Approved to In Progress",
        "ticket OPS-42 gets a file: evidence-",
        "ticket OPS-42 moves from In Progress to Done",
        "ticket system  OPS-42",
        "now: Done",
    )
    assert "the evidence, in" in told
    assert "approved by bob" in told


@pytest.mark.slow
def test_a_change_that_fails_is_told_with_what_to_do_next_and_goes_on(played):
    told = played[0].stdout

    assert in_order(
        told,
        "chat jane types /cluster add worker w-2 to demo",
        "chat a message in #clusters: ▶ add-nodes demo: running",
        "chat the same message, edited: ✗ add-nodes demo: failed",
        "host w-2: Join the cluster",
        "error: no route to host",
        "next: mend the cause, then retry",
        "chat jane presses [Retry]",
        "chat the same message, edited: ✓ add-nodes demo: succeeded",
        "the ticket is Done, with 3 comments; the chat has 2 messages",
    )


@pytest.mark.slow
def test_nothing_of_the_story_is_left(played):
    done, folder = played

    assert done.stderr == ""
    assert list(folder.glob("cw-demo-*")) == []


@pytest.mark.slow
def test_ctrl_c_in_the_middle_of_the_story_ends_both_sides_and_all_else(tmp_path):
    with at_a_terminal("demo", *FAST, TMPDIR=str(tmp_path)) as terminal:
        terminal.read_until("gets a comment")
        terminal.press(b"\x03")

        assert terminal.wait() == 130
    assert terminal.output.rstrip().endswith("ended; nothing is left running")
    assert list(tmp_path.glob("cw-demo-*")) == []
