"""Names of Ansible that stand for several, as ``node[01:20]`` and ``db-[a:f]``."""

import re
import string
from itertools import product
from math import prod

from cli.host_files.reading import MOST_HOSTS

RANGE = re.compile(r"\[([0-9]+|[a-zA-Z]):([0-9]+|[a-zA-Z])(?::([0-9]+))?\]", re.ASCII)


def expanded(pattern: str) -> list[str]:
    """Return the names that a pattern stands for. Raises ``ValueError`` for one that is none."""
    parts = RANGE.split(pattern)
    texts, bounds = parts[::4], list(zip(parts[1::4], parts[2::4], parts[3::4], strict=True))
    if any("[" in text or "]" in text for text in texts):
        raise ValueError(f"cannot read the range in {pattern[:80]}: write it as n[1:3] or n[a:c]")
    ranges = [_range(*bound) for bound in bounds]
    if (count := prod(map(len, ranges))) > MOST_HOSTS:
        raise ValueError(f"cannot use {pattern[:80]}: it is {count} hosts, {MOST_HOSTS} at most")
    return ["".join(_joined(texts, chosen)) for chosen in product(*map(_texts, ranges, bounds))]


def _range(first: str, last: str, step: str | None) -> range:
    if first.isdecimal() != last.isdecimal():
        raise ValueError(f"cannot read the range [{first[:20]}:{last[:20]}]: a number and a letter")
    if len(first) > 9 or len(last) > 9 or step == "0":
        raise ValueError(f"cannot read the range [{first[:20]}:{last[:20]}]: its numbers")
    letters = string.ascii_letters
    begin, end = (
        (int(first), int(last))
        if first.isdecimal()
        else (letters.index(first), letters.index(last))
    )
    if end < begin:
        raise ValueError(f"cannot read the range [{first}:{last}]: it ends before it begins")
    return range(begin, end + 1, int(step or 1))


def _texts(numbers: range, bound: tuple[str, str, str | None]) -> list[str]:
    first = bound[0]
    if not first.isdecimal():
        return [string.ascii_letters[number] for number in numbers]
    width = len(first) if first.startswith("0") else 0
    return [str(number).zfill(width) for number in numbers]


def _joined(texts: list[str], chosen: tuple[str, ...]) -> list[str]:
    return [part for pair in zip(texts, (*chosen, ""), strict=True) for part in pair]
