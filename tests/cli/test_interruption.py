"""Signals to a foreground command: which of them end it."""

import os
import signal

import pytest

from cli.interruption import Ended, interruptible


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
