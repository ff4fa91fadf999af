"""Every finding's code stands in docs/findings.md, and every code there is one."""

import ast
import re
from collections.abc import Iterator

from pages import ROOT, read, rows

PLACE = {"refuse": 1, "warn": 1, "inform": 1, "say": 1, "_refuse": 0, "_warn": 0, "NameFault": 0}
"""Which argument of each verdict is the code."""
FROM_FAILURES = {
    *("unreachable", "timeout", "authentication-failed", "host-key-changed", "not-surveyed"),
    *(f"{what}-{word}" for what in ("cpus", "memory", "disk") for word in ("small", "too-small")),
    "many-sites",
}
"""Codes that are put together, or come from a host that could not be asked."""


def codes() -> Iterator[str]:
    files = [
        *(ROOT / "deploy_scripts" / "checks").glob("*rules.py"),
        ROOT / "deploy_scripts" / "checks" / "node_names.py",
        ROOT / "workflows" / "cluster_rules.py",
    ]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = PLACE.get(node.func.id)
                if place is not None and isinstance(node.args[place], ast.Constant):
                    yield node.args[place].value


def test_every_code_stands_in_a_table_and_no_other() -> None:
    first = [row[0] for row in rows(read("docs/findings.md"))]
    told = {code for cell in first for code in re.findall("`(.+?)`", cell)}

    assert told == {*codes(), *FROM_FAILURES}
