"""The example of the page on new kinds is the kind that there is."""

from pages import code_blocks, read

from workflows.kinds import KINDS


def test_the_example_stands_in_the_kind_as_it_is_shown():
    [example] = code_blocks(read("docs/how-to/add-a-kind.md"), "python")
    kind = read("workflows/kinds/refresh_certs.py")

    assert "refresh-certs" in KINDS
    assert [part for part in example.split("\n\n\n") if part.strip() not in kind] == []
