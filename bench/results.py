"""The file of results: every row with the module that measured it, and the machine."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.row import Row

Results = dict[str, Any]


def document(found: Mapping[str, Sequence[Row]], facts: Mapping[str, str]) -> Results:
    """Return the results of these modules as one document."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    rows = [
        asdict(row) | {"module": module, "measured": now}
        for module, measured in found.items()
        for row in measured
    ]
    return {"rows": rows, "machine": dict(facts)}


def merged(before: Results, now: Results, order: Sequence[str]) -> Results:
    """Return earlier results with the rows of the modules that were measured again."""
    again = {row["module"] for row in now["rows"]}
    rows = [row for row in before["rows"] if row["module"] not in again] + now["rows"]
    rows.sort(key=lambda row: order.index(row["module"]) if row["module"] in order else len(order))
    return {"rows": rows, "machine": now["machine"]}


def read(path: Path) -> Results:
    """Return what is stored; nothing when there is no file yet."""
    if not path.exists():
        return {"rows": [], "machine": {}}
    found: Results = json.loads(path.read_text())
    return found


def write(path: Path, results: Results) -> None:
    path.write_text(json.dumps(results, indent=2) + "\n")
