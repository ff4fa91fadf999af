"""Findings that say the same of several hosts, told as one. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def alike(findings: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the first of each sort, with the other hosts of which it says the same as ``also``."""
    found: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for finding in findings:
        found.setdefault(_sort(finding), []).append(finding)
    for rows in found.values():
        first, *rest = sorted(rows, key=_by_host)
        yield {**first, "also": list(dict.fromkeys(row["host"] for row in rest if row.get("host")))}


def _sort(finding: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a finding says, whichever host it says that of."""
    own = re.compile(rf"(?<![\w.-]){re.escape(finding.get('host') or '')}(?![\w.-])")
    texts = (finding["message"], finding.get("advice") or "")
    said = (own.sub("HOST", text) if finding.get("host") else text for text in texts)
    return (finding["severity"], finding["code"], *said)


def _by_host(finding: Mapping[str, Any]) -> tuple[int, str]:
    host = finding.get("host") or ""
    return len(host), host
