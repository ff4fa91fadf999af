"""Whether two runs of one command said the same: pure, apart from what cannot be equal."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from lab.fidelity.situations import Situation

SAME, DIFFERS, NOT_RUN = "same", "differs", "not run"
_UNEQUAL = (
    (re.compile(r"\b[0-9a-f]{32}\b"), "TOKEN"),
    (re.compile(r"/[0-9a-f]{12}\b"), "/CHECK"),
    (re.compile(r"\b127\.0\.\d+\.\d+:2222\b"), "OUTSIDE"),
    (re.compile(r"/microk8s/(?:\d+|x\d+|current)/"), "/microk8s/REVISION/"),
    (re.compile(r'"ID": \d{10,}'), '"ID": NUMBER'),
    (re.compile(r"^[0-9a-f]{12,16}\|", re.MULTILINE), "NUMBER|"),
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "ADDRESS"),
    (re.compile(r"(?:[ \t]\.{1,2})+[ \t]*$", re.MULTILINE), ""),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)
_CHOICES = re.compile(r"\(choose from ([^)]*)\)")
_SHOWN = 160


@dataclasses.dataclass(frozen=True, slots=True)
class CommandRun:
    """What one run of a command gave."""

    status: int
    stdout: str
    stderr: str

    @property
    def last_complaint(self) -> str:
        """The last line of standard error: above it are tracebacks and usage."""
        lines = normal(self.stderr).splitlines()
        return lines[-1] if lines else ""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    command: str
    situation: str
    verdict: str
    detail: str

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def noting(self, note: str) -> Row:
        """The row with one more remark."""
        return dataclasses.replace(self, detail="; ".join(filter(None, [self.detail, note])))


def normal(text: str) -> str:
    """The text without what differs from run to run: tokens, revisions, dots of waiting."""
    for pattern, word in _UNEQUAL:
        text = pattern.sub(word, text)
    return _CHOICES.sub(_in_order, text).strip()


def _in_order(choices: re.Match[str]) -> str:
    # argparse prints a set as it comes.
    return f"(choose from {', '.join(sorted(choices[1].split(', ')))})"


def row(situation: Situation, own: CommandRun, emulated: CommandRun) -> Row:
    """Compare status, standard output and the last line of standard error."""
    found = differences(own, emulated)
    verdict = DIFFERS if found else SAME
    return Row(situation.verb, situation.situation, verdict, "; ".join(found))


def not_run(situation: Situation, reason: str) -> Row:
    return Row(situation.verb, situation.situation, NOT_RUN, reason)


def differences(own: CommandRun, emulated: CommandRun) -> list[str]:
    found = []
    if own.status != emulated.status:
        found.append(f"rc {own.status}, emulated {emulated.status}")
    texts = (
        ("stdout", normal(own.stdout), normal(emulated.stdout)),
        ("stderr", own.last_complaint, emulated.last_complaint),
    )
    for stream, mine, other in texts:
        if mine != other:
            first, second = _first_difference(mine, other)
            found.append(f"{stream} {_short(first)}, emulated {_short(second)}")
    return found


def _first_difference(mine: str, other: str) -> tuple[str, str]:
    left, right = mine.splitlines(), other.splitlines()
    for number in range(max(len(left), len(right))):
        first = left[number] if number < len(left) else ""
        second = right[number] if number < len(right) else ""
        if first != second:
            return first, second
    return mine, other


def _short(text: str) -> str:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return f'"{shown}"' if shown else "nothing"
