import json

import pytest
from pages import code_blocks, read, rows, section, steps

from cluster.quorum import expected
from workflows.kinds import KINDS


def changes(heading):
    return section(read("docs/changes.md"), heading)


def test_every_kind_has_its_row_with_its_own_summary():
    table = changes("## Kinds").split("\n### ")[0]

    told = {name.strip("`"): summary for name, summary, _ in rows(table)}

    assert told == {kind.name: kind.summary for kind in KINDS.values()}


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_kind_has_a_section_with_its_example(kind):
    text = changes(f"### `{kind.name}`")

    examples = [json.loads(block) for block in code_blocks(text, "json")]

    assert examples == [dict(kind.example)]


def test_every_step_has_its_row_and_the_row_is_true():
    word = {True: "yes", False: "no"}

    told = {
        (name.strip("`"), undo, interruptible)
        for name, _, undo, interruptible in rows(changes("## Steps"))
    }

    assert told == {(name, word[undo], word[may_stop]) for name, undo, may_stop in steps()}


def test_the_quorum_table_is_the_arithmetic_of_the_guard():
    told = [[int(cell) for cell in row] for row in rows(changes("## Quorum"))]

    settled = [expected(members) for members in range(1, 8)]
    assert told == [[q.members, q.voters, q.standbys, q.spares, q.tolerance] for q in settled]
