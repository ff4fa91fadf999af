import runpy

import pytest
from pages import ROOT, read, rows, section, steps

from cluster.quorum import expected
from workflows.kinds import KINDS


def changes(heading):
    return section(read("docs/changes.md"), heading)


def test_the_kinds_are_told_as_their_script_writes_them():
    written = runpy.run_path(str(ROOT / "scripts" / "changes_page.py"))["render"]()

    assert read("docs/changes.md") == written


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_param_of_a_kind_says_what_it_is(kind):
    for name, field in kind.schema().fields.items():
        assert field.metadata.get("description"), f"{kind.name}: {name}"


def test_every_step_has_its_row_and_the_row_is_true():
    word = {True: "yes", False: "no"}

    documented = {
        (name.strip("`"), undo, interruptible)
        for name, _, undo, interruptible in rows(changes("## Steps"))
    }

    assert documented == {(name, undo, word[may_stop]) for name, undo, may_stop in steps()}


def test_the_quorum_table_is_the_arithmetic_of_the_guard():
    documented = [[int(cell) for cell in row] for row in rows(changes("## Quorum"))]

    settled = [expected(members) for members in range(1, 8)]
    assert documented == [[q.members, q.voters, q.standbys, q.spares, q.tolerance] for q in settled]
