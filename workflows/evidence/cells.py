"""Text of strangers within Markdown: shown as it is, whatever it holds; pure."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from cluster.printable import LONGEST_LINE, short

SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&@$]|^[-+=]|(?<=\bwww)\.|:(?=//))", re.I)
"""Signs that may mean something; a backslash before any of them is CommonMark's own escape.

Those of addresses and mentions are among them: no text is made a link, or calls anybody, by itself.
"""
NUMBERED = re.compile(r"^(\d{1,9})([.)])")
"""What would begin a list."""
TICKS = re.compile(r"`+")


def plain(value: Any) -> str:
    """Return a text on one line in which no sign means anything to Markdown."""
    line = short(str(value), LONGEST_LINE).strip()
    return NUMBERED.sub(r"\1\\\2", SPECIAL.sub(r"\\\1", line))


def code(text: str) -> str:
    """Return a text as a span of code."""
    ticks = "`" * (_most_ticks([text]) + 1)
    inner = short(text, LONGEST_LINE)
    return f"{ticks} {inner} {ticks}" if "`" in inner else f"{ticks}{inner}{ticks}"


def row(*cells: Any, is_rule: bool = False) -> str:
    """Return a row of a table; a rule's cells stand there as they are."""
    return f"| {' | '.join(map(str, cells) if is_rule else map(plain, cells))} |"


def fence(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines as a block of code that none of them can end."""
    shown = [short(part, LONGEST_LINE) for line in lines for part in str(line).split("\n")]
    ticks = "`" * max(_most_ticks(shown) + 1, 3)
    yield f"{ticks}text"
    yield from shown
    yield ticks


def seconds(value: float | None) -> str:
    """Return a length of time, for people."""
    return "-" if value is None else f"{round(value, 1):g} s"


def _most_ticks(lines: Iterable[str]) -> int:
    runs = [len(found[0]) for line in lines for found in TICKS.finditer(line)]
    return max(runs, default=0)
