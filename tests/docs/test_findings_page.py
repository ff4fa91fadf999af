"""The catalogue of findings has every code that there is, and docs/findings.md is written of it."""

import ast
import runpy
from collections.abc import Iterator

from pages import ROOT, read

from cluster.catalogue import CATALOGUE, OVERRIDABLE
from cluster.findings import Severity

PLACE = {"refuse": 1, "warn": 1, "inform": 1, "say": 1, "NameFault": 0}
PLACE |= {"_refuse": 0, "refusal": 0, "warning": 0, "Finding": 0}
"""Which argument of each verdict is the code."""
FROM_FAILURES = {
    *("unreachable", "timeout", "authentication-failed", "host-key-changed", "not-surveyed"),
    *(f"{what}-{word}" for what in ("cpus", "memory", "disk") for word in ("small", "too-small")),
}
"""Codes that are put together, or come from a host that could not be asked."""


def verdicts() -> Iterator[tuple[str, ast.Call]]:
    """Return each verdict in the code that names its code, with that."""
    files = [
        *(ROOT / "deploy_scripts" / "checks").glob("*rules.py"),
        ROOT / "deploy_scripts" / "checks" / "node_names.py",
        ROOT / "deploy_scripts" / "judge_drill.py",
        ROOT / "cluster" / "certificates.py",
        ROOT / "cluster" / "addon_drift.py",
        *(ROOT / "workflows").glob("*_rules.py"),
        ROOT / "workflows" / "margins.py",
        ROOT / "workflows" / "meanings.py",
        ROOT / "workflows" / "planner.py",
        ROOT / "workflows" / "next_actions.py",
        ROOT / "workflows" / "windows" / "openings.py",
        *(ROOT / "workflows" / "kinds").glob("*.py"),
    ]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = PLACE.get(node.func.id)
                if place is not None and isinstance(node.args[place], ast.Constant):
                    yield node.args[place].value, node


def test_every_code_stands_in_the_catalogue_and_no_other() -> None:
    catalogued = {code for entry in CATALOGUE for code in entry.codes}

    assert catalogued == {*(code for code, _ in verdicts()), *FROM_FAILURES}


def test_what_the_code_lets_be_accepted_is_acceptable_in_the_catalogue() -> None:
    may = {
        code
        for code, call in verdicts()
        for keyword in call.keywords
        if keyword.arg == "acceptable" and getattr(keyword.value, "value", True)
    }

    assert may
    assert may <= OVERRIDABLE


def test_only_what_refuses_can_be_accepted() -> None:
    assert {entry.severity for entry in CATALOGUE if entry.acceptable} == {Severity.REFUSE}


def test_the_page_is_the_one_that_its_script_writes() -> None:
    written = runpy.run_path(str(ROOT / "scripts" / "findings_page.py"))["render"]()

    assert read("docs/findings.md") == written
