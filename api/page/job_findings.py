"""What a job's plan and steps had to say, equal findings of many hosts as one. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.page import words

WORDS = {"refuse": "accepted finding", "warn": "warning", "info": "note"}
"""What a finding of a job is called, gravest first; without acceptance one were no job."""


@dataclass(frozen=True, slots=True)
class Group:
    """Findings with one code and severity."""

    first: Mapping[str, Any]
    hosts: tuple[str, ...]
    others: tuple[tuple[str, str], ...]
    """What the others say, and advise, as far as it is not what the first one does."""

    @property
    def is_accepted(self) -> bool:
        return str(self.first["severity"]) == "refuse"


def groups_of(findings: Iterable[Mapping[str, Any]]) -> list[Group]:
    """Group findings, gravest first."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in findings:
        found.setdefault((str(row["severity"]), row["code"]), []).append(row)
    order = list(WORDS)
    return [_group(found[key]) for key in sorted(found, key=lambda key: order.index(key[0]))]


def _group(rows: list[Mapping[str, Any]]) -> Group:
    first, *rest = rows
    hosts = dict.fromkeys(row["host"] for row in rows if row.get("host"))
    others = {
        row["message"]: "" if row["advice"] == first["advice"] else row["advice"]
        for row in rest
        if row["message"] != first["message"]
    }
    return Group(first, tuple(hosts), tuple(others.items()))


def warnings_of(findings: Iterable[Mapping[str, Any]], host: str | None = None) -> int:
    """Count the warnings, of one host or of all."""
    return sum(row["severity"] == "warn" and host in (None, row.get("host")) for row in findings)


def in_words(findings: Iterable[Mapping[str, Any]]) -> str:
    """Count findings by what they are: ``9 warnings, 1 note``."""
    severities = [str(row["severity"]) for row in findings]
    counts = ((severities.count(severity), word) for severity, word in WORDS.items())
    return ", ".join(words.counted(count, word) for count, word in counts if count)
