"""Signals that end a foreground command, as exceptions, so that what it started is ended too."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_OURS = (*SIGNALS, signal.SIGALRM)
AGAIN_SECONDS = 0.2


class Ended(BaseException):
    """A signal asks the command to end; not an error that somebody might handle."""

    @property
    def exit_code(self) -> int:
        """What shells answer of a command that a signal has ended; 130 after Ctrl-C."""
        return 128 + signal.Signals[str(self)]


def _is_ending() -> bool:
    """Whether ``Ended`` is on its way out, and what was begun is being ended."""
    error = sys.exc_info()[1]
    while error is not None:
        if isinstance(error, Ended):
            return True
        error = error.__context__
    return False


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise ``Ended`` on a signal within; the former handlers come back afterwards.

    Python drops what is raised in the middle of a destructor, or of a hook of fork. So a signal is
    remembered, and raised again after a moment, until it is heard.

    A command that was told to ignore a hangup, by nohup, goes on when its terminal is closed.
    """
    deaf = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    heard = [number for number in SIGNALS if number != signal.SIGHUP or not deaf]
    asked = ""

    def end(number: int, _frame: object) -> None:
        nonlocal asked
        asked = signal.Signals(number).name
        signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS, AGAIN_SECONDS)
        raise Ended(asked)

    def again(_number: int, _frame: object) -> None:
        if not _is_ending():
            raise Ended(asked)

    before = {number: signal.signal(number, end) for number in heard}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, again)
    try:
        yield
    finally:
        if asked:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def held_back() -> Iterator[None]:
    """Hear signals after the block only, so that what is begun within is known when they are heard.

    A child that is forked within is born with them held back: ``hear_again`` is its first act.
    """
    former = signal.pthread_sigmask(signal.SIG_BLOCK, _OURS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def hear_again() -> None:
    """Let signals end this forked child, which must not run its parent's handlers."""
    for number in _OURS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _OURS)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore further signals within: an impatient Ctrl-C must not leave processes behind."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
