"""What a host says that lies: a login shell, or an SSH server, that answers something of its own.

A program of its own inside a host (standard library only); lab/lies.py lists the kinds.

    liar.py KIND -c COMMAND     be the login shell of whoever comes by SSH
    liar.py serve KIND PORT     be what answers in place of the SSH server

As a shell it carries the command out, since a liar does its work as well as others, and tells its
first and its last line as they are: whoever asked takes what stands between for the answer.
"""

from __future__ import annotations

import itertools
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator

SHELL = "/bin/sh"
PIECE = 64 * 1024

TERMINAL_CODES = (
    "\x1b]52;c;cm0gLXJmIC8=\x07",  # puts a text of its own into the clipboard
    "\x1b]0;all is well\x07",  # names the window
    "\x1b[2J\x1b[H\x1b[8m",  # clears it, and hides what follows
    "\x1b]8;;http://192.0.2.1/\x1b\\click\x1b]8;;\x1b\\",  # makes a link of it
    "\x1b[6n\x1bc\x9b31m\x9d0;c1\x9c",  # asks for an answer; resets; the same in one byte
    "gpj.\u202eexe\u2066\u200b\u2028\u2029\x7f\x08\x08\r",  # turns, hides and overwrites
)
_NUMBER = re.compile(rb"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")


def _terminal_codes(_: bytes) -> Iterator[bytes]:
    for code in TERMINAL_CODES:
        yield f"error: {code} failed{code}\n".encode()


def _long_lines(_: bytes) -> Iterator[bytes]:
    for number in range(10):
        yield bytes([65 + number]) * 3_000_000 + b"\n"


def _one_line(length: int) -> Callable[[bytes], Iterator[bytes]]:
    def tell(_: bytes) -> Iterator[bytes]:
        # An address as ``ip -o addr`` tells it, but for its end, which never comes.
        yield (b"1: lo" + b"@" * length)[:length] + b"\n"

    return tell


def _flood(_: bytes) -> Iterator[bytes]:
    return itertools.repeat(b"all work and no play\n" * (PIECE // 21), 500_000_000 // PIECE)


def _endless(_: bytes) -> Iterator[bytes]:
    return itertools.repeat(b"x" * PIECE)


def _not_utf8(_: bytes) -> Iterator[bytes]:
    yield b"\xff\xfe\xc0\xaf\xed\xa0\x80\xf5\x80\x80\x80 " * 500 + b"\n\x00\x80\n"


def _nan(answer: bytes) -> Iterator[bytes]:
    values = itertools.cycle([b"NaN", b"-Infinity", b"1e999", b"9" * 5000])
    yield _NUMBER.sub(lambda _: next(values), answer)


def _crafted_json(_: bytes) -> Iterator[bytes]:
    yield b'{"items":' + b"[" * 100_000 + b"\n"
    yield b'{"items":[null,7,{"metadata":[]},{"metadata":{"name":{"a":["b"]}}}],"items":"x"}\n'


LIES: dict[str, tuple[Callable[[bytes], Iterable[bytes]], int]] = {
    "terminal-codes": (_terminal_codes, 1),
    "long-lines": (_long_lines, 1),
    "line-150k": (_one_line(150_000), 0),
    "line-1m": (_one_line(1_000_000), 0),
    "flood": (_flood, 1),
    "endless": (_endless, 1),
    "not-utf8": (_not_utf8, 0),
    "nan": (_nan, 0),
    "json": (_crafted_json, 0),
}
"""What each kind of shell tells in place of the answer, and its exit code."""

SERVED: dict[str, tuple[bytes, bytes]] = {
    "banner": (b"SSH-2.0-", b"x" * PIECE),
    "packets": (b"SSH-2.0-liar\r\n\x0f\xff\xff\xf4\x04", b"x" * PIECE),
}
"""What each kind of server says first, and then for ever."""


def be_shell(kind: str, words: list[str]) -> int:
    """Carry out a command and lie about its answer; return the exit code."""
    if words[:1] != ["-c"]:
        os.execv(SHELL, [SHELL, *words])  # noqa: S606  # somebody sits there: no lies for them
    lie, exit_code = LIES[kind]
    done = subprocess.run([SHELL, *words], capture_output=True, check=False)
    first, _, rest = done.stdout.partition(b"\n")
    answer, _, last = rest.rstrip(b"\n").rpartition(b"\n")
    sys.stderr.buffer.write(done.stderr)
    sys.stderr.flush()
    try:
        for piece in itertools.chain([first + b"\n"], lie(answer), [b"\n" + last + b"\n"]):
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()
    except BrokenPipeError:
        os._exit(1)  # whoever listened has heard enough
    return exit_code


def serve(kind: str, port: int) -> None:
    """Answer everybody who connects, in place of the SSH server, until the host goes down."""
    with socket.create_server(("", port), backlog=64) as server:
        while True:
            connection, _ = server.accept()
            threading.Thread(target=_pour, args=(connection, *SERVED[kind]), daemon=True).start()


def _pour(connection: socket.socket, first: bytes, then: bytes) -> None:
    with connection:
        try:
            connection.sendall(first)
            while True:
                connection.sendall(then)
        except OSError:
            return  # whoever listened has hung up


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(be_shell(sys.argv[1], sys.argv[2:]))
