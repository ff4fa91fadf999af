"""What a plan comes down to, and how one differs from another, in sentences; pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any


def work_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a step does, in whatever words it is shown, and whatever margin was seen."""
    return {name: row[name] for name in row if name not in {"title", "quorum_during"}}


def outline_of(steps: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the outline of a plan whose steps are dictionaries."""
    return {_fingerprint(row): row["title"] for row in steps}


def difference(ours: Mapping[str, str], theirs: Mapping[str, str]) -> tuple[str, ...]:
    """Return in sentences how one plan differs from another, by their outlines."""
    gone = [title for key, title in theirs.items() if key not in ours]
    new = [title for key, title in ours.items() if key not in theirs]
    both = [title for title in gone if title in new]
    return (
        *(f"it does not {_lower(title)} any more" for title in gone if title not in both),
        *(f"it does {_lower(title)} as well" for title in new if title not in both),
        *(f"it does {_lower(title)} otherwise" for title in both),
    )


def _fingerprint(row: Mapping[str, Any]) -> str:
    text = json.dumps(work_of(row), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]
