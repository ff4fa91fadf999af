"""The command line as a person at a terminal uses it: a real terminal, real signals."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

SECONDS = 150


class Terminal:
    """A command at a terminal of its own."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        self._end, end = pty.openpty()
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli", *words],
            stdin=end,
            stdout=end,
            stderr=end,
            env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "100"} | dict(environment),
            start_new_session=True,
            # The terminal becomes the session's, so that a key in it is a signal to the command.
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),
        )
        os.close(end)

    def press(self, keys: bytes) -> None:
        os.write(self._end, keys)

    def read_until(self, text: str) -> None:
        deadline = time.monotonic() + SECONDS
        while text not in self.output:
            assert time.monotonic() < deadline, self.output
            self._read(1.0)

    def wait(self) -> int:
        """Return the exit code, once all is read."""
        deadline = time.monotonic() + SECONDS
        while self._read(0.1) or self.process.poll() is None:
            assert time.monotonic() < deadline, self.output
        os.close(self._end)
        return self.process.wait()

    def _read(self, seconds: float) -> bool:
        if not select.select([self._end], [], [], seconds)[0]:
            return False
        try:
            more = os.read(self._end, 65536)
        except OSError:  # what the kernel answers once nobody has the other end open
            return False
        self.output += more.decode(errors="replace")
        return bool(more)


@contextmanager
def at_a_terminal(*words: str, **environment: str) -> Iterator[Terminal]:
    """Run ``clusterwright WORDS``; it is killed if it has not ended by itself."""
    terminal = Terminal(words, environment)
    try:
        yield terminal
    finally:
        terminal.process.kill()
        terminal.process.wait()
