"""Finds the sentence that says what went wrong in the last lines of a failed command. Pure.

Programs wrap their errors, add advice below them, or print a traceback above: the last line alone
is often the least of it.
"""

import re
from collections.abc import Iterator, Sequence

from cluster.printable import short

PERMANENT = "permanent: "
"""A remote script begins its last word with this where another attempt cannot help."""
LONGEST = 300
MOST_LINES, LONGEST_LINE = 200, 1000
"""What is looked at: the last lines, and of each its beginning, which says what it is."""

_BEGINS = re.compile(
    r"(permanent: |cannot |(?:[\w./-]+: )?(?:fatal )?error[: ]|fatal: |failed |[EF]: |sudo: |"
    r"[\w.]*(?:Error|Exception)\b|.*: command not found|.*: not found$)",
    re.IGNORECASE,
)
_STORE = re.compile(
    r"unable to contact snap store|cannot query the store|persistent network error|"
    r"too many requests|unexpected http (?:response|status) code \(?(?:429|5\d\d)|"
    r"download snap .*\((?:received|get|post|dial|read|unexpected eof)|"
    r"(?:get|post) .*/v2/snaps/.*(?:timeout|no such host|connection re|\b5\d\d\b)",
    re.IGNORECASE,
)
"""What snap says when its store, or the way to it, does not serve."""
_HOPELESS = (
    "is not available on channel",
    "is not available on ",
    "no snap found for ",
    'snap "microk8s" not found',
    "requested a non-existing branch",
    "assumes unsupported features",
    "not available on this architecture",
    "classic confinement requires snaps under",
    "system does not fully support snapd",
)
"""What snap says of things that stay as they are however often it is asked."""


def headline(lines: Sequence[str]) -> str:
    """Return the last error that the lines tell, its wrapped lines joined; else the last line."""
    looked_at = [line[:LONGEST_LINE] for line in lines[-MOST_LINES:]]
    blocks = list(_blocks(looked_at))
    not_blank = [line.strip() for line in looked_at if line.strip()]
    return short((blocks or not_blank or [""])[-1].removeprefix(PERMANENT), LONGEST)


def is_hopeless(lines: Sequence[str]) -> bool:
    """True where the host itself says that another attempt would end in the same way."""
    if any(line.startswith(PERMANENT) for line in lines):
        return True
    last_error = " ".join(headline(lines).split())
    return any(text in last_error for text in _HOPELESS)


def is_store_trouble(lines: Sequence[str]) -> bool:
    """True where the snap store did not serve, which passes within minutes as a rule."""
    return bool(_STORE.search(" ".join(headline(lines).split())))


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    """Yield each error with the indented lines right below it, up to an empty one."""
    block: list[str] = []
    for line in lines:
        if _BEGINS.match(line):
            if block:
                yield " ".join(block)
            block = [line.strip()]
        elif block and (line[:1].isspace() or line.startswith("- ")) and line.strip():
            block.append(line.strip())
        elif block:
            yield " ".join(block)
            block = []
    if block:
        yield " ".join(block)
