"""Signals to a foreground command: which of them end it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from cli.interruption import AGAIN_SECONDS, Ended, interruptible

BORN_UNDER_SIGNALS = """
import os, signal, sys
from pathlib import Path
from cli.child import Child, Recipe
from cli.interruption import Ended, interruptible

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

os.register_at_fork(before=interrupt, after_in_child=interrupt)
log = Path(sys.argv[1])
child = Child(Recipe("sleeper", ["sleep", "60"], {"PATH": os.defpath}, log, Path("/")))
try:
    with interruptible():
        child.start()
except Ended as ended:
    print(f"heard {ended}; the child ended by {-child.process.wait(10)}")
"""


@pytest.fixture
def hangup():
    before = signal.getsignal(signal.SIGHUP)
    yield lambda handler: signal.signal(signal.SIGHUP, handler)
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command(number, hangup):
    hangup(signal.SIG_DFL)

    with pytest.raises(Ended, match=number.name), interruptible():
        os.kill(os.getpid(), number)


def test_a_command_under_nohup_goes_on_when_its_terminal_is_closed(hangup):
    hangup(signal.SIG_IGN)

    with interruptible():
        os.kill(os.getpid(), signal.SIGHUP)

    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def test_a_signal_that_python_drops_is_heard_a_moment_later(hangup, monkeypatch):
    dropped = []
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)

    class Interrupted:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Ended, match="SIGINT"), interruptible():
        Interrupted()
        await_that(lambda: False)

    assert [type(one.exc_value) for one in dropped] == [Ended]


def test_a_signal_while_a_child_is_being_born_ends_both_without_a_word_from_the_child(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", BORN_UNDER_SIGNALS, str(tmp_path / "log")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.stderr, done.stdout) == ("", "heard SIGINT; the child ended by 2\n")
    assert (tmp_path / "log").read_text() == ""


def test_what_is_being_ended_is_not_interrupted_a_second_time(hangup):
    ended = []

    with pytest.raises(Ended), interruptible():
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            began = time.monotonic()
            await_that(lambda: time.monotonic() > began + 3 * AGAIN_SECONDS)
            ended.append("well")

    assert ended == ["well"]


def await_that(happened):
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)
