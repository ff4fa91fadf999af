"""docs/threat-model.md: every promise names a test that there is."""

import ast
import re
from functools import cache

import pytest
from pages import ROOT, read, rows

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
PAGE = read("docs/threat-model.md")


@cache
def functions_of(file):
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED.findall(PAGE))))
def test_a_test_that_is_named_exists(file, name):
    assert name in functions_of(file)


def test_every_row_that_says_what_somebody_cannot_do_names_its_test():
    documented = [row for row in rows(PAGE) if len(row) == 3 and row[1] not in {"-", "cannot"}]

    assert len(documented) > 14
    assert [cannot for _, cannot, shown in documented if not NAMED.search(shown)] == []
