"""``diff`` and ``apply --dry-run`` as Markdown: what a pipeline posts as a comment."""

import pytest

from cli.markdown_view import code, diff_lines, plan_lines, text


def row(what, *, is_seen=False, by="label-nodes", needs_prune=False):
    return {
        "what": what,
        "now": "-",
        "wanted": "ssd",
        "by": by,
        "is_seen": is_seen,
        "needs_prune": needs_prune,
    }


def shown(*rows):
    return list(diff_lines({"cluster": "prod", "differences": rows}))


def plan(**more):
    finding = {
        "severity": "warn",
        "code": "would-be-removed",
        "message": "n2 <stays>",
        "advice": "a | b",
    }
    steps = [{"title": "Look at it", "final": False}, {"title": "Remove n2", "final": True}]
    return {
        "cluster": "prod",
        "digest": "sha256:1f",
        "allowed": True,
        "steps": steps,
        "findings": [finding],
    } | more


def test_what_has_drifted_stands_apart_from_what_the_file_changes():
    lines = shown(row("node n1 label disk"), row("node n2 label disk", is_seen=True))

    assert lines == [
        "### Cluster `prod` and its file",
        "",
        "The file changes 1 thing:",
        "",
        "| What | Recorded | File | By |",
        "| --- | --- | --- | --- |",
        "| `node n1 label disk` | `-` | `ssd` | `label-nodes` |",
        "",
        "1 thing drifted: the record is as the file has it, and:",
        "",
        "| What | Seen | File | By |",
        "| --- | --- | --- | --- |",
        "| `node n2 label disk` | `-` | `ssd` | `label-nodes` |",
    ]


def test_what_no_change_brings_and_what_goes_with_prune_only_say_so():
    lines = shown(row("environment", by=""), row("node n2", by="remove-node", needs_prune=True))

    assert lines[-2].endswith("| no change |")
    assert lines[-1].endswith("| `remove-node`, with prune only |")


def test_where_nothing_differs_one_sentence_says_so():
    assert shown() == ["### Cluster `prod` and its file", "", "Nothing differs."]


def test_a_plan_has_its_steps_its_findings_and_the_digest_that_binds_it():
    assert list(plan_lines(plan())) == [
        "### Plan of cluster `prod`: 2 steps",
        "",
        "1. Look at it",
        "2. Remove n2 (no way back from here)",
        "",
        "| Finding | Code | What | What to do |",
        "| --- | --- | --- | --- |",
        "| warn | `would-be-removed` | n2 \\<stays\\> | a \\| b |",
        "",
        "Digest: `sha256:1f`",
    ]


def test_a_refused_plan_has_no_digest_to_apply():
    lines = list(plan_lines(plan(allowed=False)))

    assert lines[-1].startswith("It is refused")
    assert "sha256:1f" not in str(lines)


@pytest.mark.parametrize("value", ["a\nb", "`x`", "<img src=x>", "[a](b)", "a|b", "\x1b[31m"])
def test_no_value_breaks_out_of_its_cell(value):
    assert not {"\n", "\x1b"} & set(code(value) + text(value))
    assert code(value).count("`") == 2
    assert "|" not in text(value).replace("\\|", "")
    assert "<" not in text(value).replace("\\<", "")
