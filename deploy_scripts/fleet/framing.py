"""Marks around what a command prints, so that nothing else is ever taken for its answer.

A login shell may greet before it runs a command, say goodbye after it, or never run it: files
such as ``.bashrc`` are read by shells that nobody sits at, too. Each command gets a mark that no
such file can know; what stands outside the marks is noise, and an answer without its end is none.
"""

import re
import secrets
from collections.abc import Iterator
from itertools import repeat

NOISE_LINES = 20
"""How much of what stands outside the marks is kept, to be shown to whoever mends the host."""

_NOT_PLAIN = re.compile(r"[^ -~]|[\\'!]")


def new_mark() -> str:
    """Return a mark that occurs nowhere else."""
    return f"cw-{secrets.token_hex(8)}"


def framed(command: str, mark: str) -> str:
    """Return one line that any login shell passes on, and that runs ``command`` between marks.

    The command's standard input, output, error and exit code stay what they are.
    """
    script = (
        f"echo {mark} begins; echo {mark} begins >&2\n"
        f"({command}\n)\nrc=$?\n"
        f"printf '\\n%s\\n' \"{mark} ends $rc\"; exit $rc"
    )
    return f"""exec sh -c 'eval "$(printf %b "$1")"' sh '{one_word(script)}'"""


def one_word(script: str) -> str:
    """Return a script as one word between single quotes, to be read by ``printf %b``.

    tcsh ends a quoted word at a new line and looks for history behind ``!``; fish reads some
    backslashes in single quotes. So none of these, and no quote, stands in the word itself.
    """
    return _NOT_PLAIN.sub(_escaped, script)


def _escaped(found: re.Match[str]) -> str:
    if found[0] == "\n":
        return "\\n"
    return "".join(f"\\0{byte:03o}" for byte in found[0].encode())


class Frame:
    """Tells the lines of one command from those of its surroundings.

    Lines come from two streams, standard output and standard error; only the first has an end.
    """

    def __init__(self, mark: str) -> None:
        self._begins, self._ends = f"{mark} begins", re.compile(rf"{mark} ends \d+")
        self._has_begun = {"stdout": False, "stderr": False}
        self._empty_lines = 0
        self.is_complete = False
        self.noise: list[str] = []

    @property
    def has_begun(self) -> bool:
        """True once the command has been run at all."""
        return any(self._has_begun.values())

    def lines(self, stream: str, line: str) -> Iterator[str]:
        """Yield what of a stream's next line, and of those held back, the command printed."""
        if not self._has_begun[stream]:
            # A greeting without an end of line stands before the mark in the same line.
            before, mark, _ = line.partition(self._begins)
            self._has_begun[stream] = bool(mark)
            self._keep_noise(before)
        elif stream != "stdout" or self.is_complete:
            yield from self._after_the_end(stream, line)
        elif self._ends.fullmatch(line):
            self.is_complete = True
            # One empty line is the frame's own: the command may not have ended its last line.
            yield from repeat("", self._empty_lines - 1)
        elif line:
            yield from repeat("", self._empty_lines)
            self._empty_lines = 0
            yield line
        else:
            self._empty_lines += 1

    def _after_the_end(self, stream: str, line: str) -> Iterator[str]:
        if stream == "stderr":
            yield line
        else:
            self._keep_noise(line)

    def _keep_noise(self, line: str) -> None:
        if line.strip() and len(self.noise) < NOISE_LINES:
            self.noise.append(line)
