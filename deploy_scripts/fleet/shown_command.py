"""The one shell line of a script that a person is shown when it fails. Pure.

Our scripts are dozens of lines around one that does the work. A script names that line in a comment
of its own; where another line failed, the script prints it.
"""

import re
import shlex
from collections.abc import Sequence

FAILED = "command: "
"""Begins what a script prints on standard error of the line that failed."""
LONGEST = 200
_SHOWS = re.compile(r"^#\$ (.+)$", re.MULTILINE)
_QUOTE = "'\"'\"'"
"""What ``shlex.quote`` makes of an apostrophe."""


def showing(line: str, script: str) -> str:
    """Return a script that names the line which does its work; free of secrets."""
    return f"\n#$ {' '.join(line.split())}\n{script}" if line else script


def failed_line(sent: str, printed: Sequence[str]) -> str:
    """Return the line that failed, of what was sent to a host and what came back; or nothing."""
    commands = [line.removeprefix(FAILED) for line in printed if line.startswith(FAILED)]
    return (commands[-1] if commands else _named(sent))[:LONGEST]


def without_command(printed: Sequence[str]) -> tuple[str, ...]:
    """Return what was printed but for the lines that name a command."""
    return tuple(line for line in printed if not line.startswith(FAILED))


def _named(sent: str) -> str:
    found = _SHOWS.search(sent)
    if found:
        return found[1].replace(_QUOTE, "'")
    # A script of one line is that line.
    return "" if "\n" in sent.strip() else _last_word(sent)


def _last_word(sent: str) -> str:
    try:
        return shlex.split(sent)[-1]
    except (ValueError, IndexError):
        return ""
