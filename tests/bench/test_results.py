import json

import pytest

from bench import results
from bench.processes import CannotMeasure
from bench.row import Row, percentile, spread
from bench.table import BEGIN, END, write_into

MACHINE = {"processors": "2"}


def _row(name, **more):
    fields = {"ours": 2.0, "contender": 4.0, "ratio": 0.5, "target": "at most 1 x", "met": True}
    return Row(name=name, rounds=3, spread={"ours": spread([1, 2, 9])}, **fields | more)


def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed():
    values = [5, 1, 4, 2, 3]

    found = [percentile(values, percent) for percent in (1, 50, 99, 100)]

    assert found == [1, 3, 5, 5]


def test_results_carry_every_field_of_a_row_and_the_machine():
    document = results.document({"one": [_row("a")]}, MACHINE)

    read = json.loads(json.dumps(document))
    expected = {"name", "ours", "contender", "ratio", "target", "met", "rounds", "spread"}
    assert read["machine"] == MACHINE
    assert expected <= set(read["rows"][0])


def test_measuring_one_module_again_keeps_the_rows_of_the_others():
    before = results.document({"one": [_row("a"), _row("b")], "two": [_row("c")]}, MACHINE)
    now = results.document({"one": [_row("d")]}, MACHINE)

    merged = results.merged(before, now, ["one", "two"])

    assert [row["name"] for row in merged["rows"]] == ["d", "c"]


def test_the_table_replaces_what_stands_between_its_marks_and_nothing_else(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    write_into(page, results.document({"one": [_row("a", met=False, note="why")]}, MACHINE))

    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert "| a | 2.00 s | 4.00 s | 0.50 | at most 1 x | **no** | 1.00 to 9.00 s | 3 |" in text
    assert "- **a**: why" in text


def test_a_page_without_marks_is_left_alone(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("text\n")

    with pytest.raises(CannotMeasure, match="cannot write the table"):
        write_into(page, results.document({}, MACHINE))

    assert page.read_text() == "text\n"
