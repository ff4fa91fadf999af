"""Signals that end a foreground command, as exceptions, so that what it started is ended too."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """A signal asks the command to end; not an error that somebody might handle."""

    @property
    def exit_code(self) -> int:
        """What shells answer of a command that a signal has ended; 130 after Ctrl-C."""
        return 128 + signal.Signals[str(self)]


def _end(number: int, _frame: object) -> None:
    raise Ended(signal.Signals(number).name)


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise ``Ended`` on a signal within; the former handlers come back afterwards.

    A command that was told to ignore a hangup, by nohup, goes on when its terminal is closed.
    """
    deaf = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    heard = [number for number in SIGNALS if number != signal.SIGHUP or not deaf]
    before = {number: signal.signal(number, _end) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore further signals within: an impatient Ctrl-C must not leave processes behind."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
