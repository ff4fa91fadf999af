"""Moments, lengths of time and numbers as people read them, and addresses as they follow them."""

import re
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from markupsafe import Markup, escape

PARTS = re.compile(r"[0-9]+|[^0-9]+", re.ASCII)
MINUTE, HOUR, DAY = 60, 3600, 86400
ADDRESS = re.compile(r"""\bhttps?://[^\s<>"'`]*[^\s<>"'`.,;:!?)\]}]""", re.IGNORECASE)
"""An address in a text, without the punctuation after it."""
NOW = 10
"""Seconds within which something has happened just now."""


def ago(moment: float | None) -> Markup:
    """Return how long ago a moment was, with the moment itself for those who want it exactly."""
    if moment is None:
        return Markup("never")
    exact = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    machine = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    passed = time.time() - moment
    text = f"{length(passed)} ago" if passed >= NOW else "just now"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(machine, exact, text)


def length(seconds: float | None) -> str:
    """Return a length of time in its two largest units."""
    if seconds is None:
        return "-"
    whole = max(int(seconds), 0)
    if whole < MINUTE:
        return f"{seconds:.1f} s" if 0 < seconds < 10 else f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def counted(number: int, word: str) -> str:
    """Return a number with its word, in the plural where it has one."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def linked(text: str) -> Markup:
    """Return a text in which addresses of the web can be followed; where to is plain to see."""
    parts, end = Markup(""), 0
    for found in ADDRESS.finditer(text):
        if _is_plain(found[0]):
            link = Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(found[0])
            parts += escape(text[end : found.start()]) + link
            end = found.end()
    return parts + escape(text[end:])


def _is_plain(address: str) -> bool:
    """Tell an address from one that hides its host behind a name, or has none."""
    try:
        split = urlsplit(address)
    except ValueError:
        return False
    return bool(split.hostname) and "@" not in split.netloc and "\\" not in address


def natural(name: str) -> list[tuple[int, str]]:
    """Return what sorts names as people do: n2 before n10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in PARTS.findall(name)]


WORDS = {"ago": ago, "length_of": length, "counted": counted, "linked": linked}
"""What every template of the page may call."""
