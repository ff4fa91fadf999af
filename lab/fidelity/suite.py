"""The contract tests and the main job, run so that their labs have the snap's own parts."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from lab.fidelity.compare import DIFFERS, NOT_RUN, SAME, Row

TESTS = ("tests/lab/test_emulator_contract.py", "tests/lab/test_emulator_faults.py")
MAIN_JOB = "tests/e2e/test_main_job.py"
SECONDS_EACH = "600"


def run(root: Path, snap: str, folder: Path) -> list[Row]:
    """Run the tests; each is a row. Their own output goes to a file in the folder."""
    return [row for test in (*TESTS, MAIN_JOB) for row in _run_one(root, snap, folder, test)]


def _run_one(root: Path, snap: str, folder: Path, test: str) -> list[Row]:
    result = folder / f"{Path(test).stem}.xml"
    result.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", test, "-q", f"--junitxml={result}"]
    environment = {**os.environ, "CLUSTERWRIGHT_LAB_SNAP": snap}
    with result.with_suffix(".log").open("w") as log:
        subprocess.run(
            [*command, f"--timeout={SECONDS_EACH}"],
            cwd=root,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if not result.exists():
        return [Row(Path(test).stem, "", NOT_RUN, f"pytest ended early: see {log.name}")]
    return rows(result.read_text())


def rows(junit: str) -> list[Row]:
    """What pytest's result file says, test by test."""
    found = []
    for case in ElementTree.fromstring(junit).iter("testcase"):  # noqa: S314 # pytest wrote it
        problems = [child for child in case if child.tag in ("failure", "error")]
        skipped = case.find("skipped")
        verdict = DIFFERS if problems else SAME if skipped is None else NOT_RUN
        element = problems[0] if problems else skipped
        message = (element.get("message") or "") if element is not None else ""
        name = case.get("name", "").removeprefix("test_").replace("_", " ")
        group = case.get("classname", "").rpartition(".")[2].removeprefix("test_")
        found.append(Row(group, name, verdict, message.strip().partition("\n")[0][:200]))
    return found
