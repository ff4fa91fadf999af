"""The emulated kubectl's go-template, where Go's own answer is known."""

import pytest

from lab.emulator.go_template import TemplateError, quoted, render

DATA = {
    "items": [
        {"kind": "Node", "name": "n1", "labels": {"b": "2", "a": "1"}, "cordoned": True},
        {"kind": "Lease", "name": "n2", "labels": None},
    ],
    "text": 'a "word"\n',
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{range .items}}{{.name}} {{end}}", "n1 n2 "),
        ("{{range $i, $v := .items}}{{$i}}={{$v.name}};{{end}}", "0=n1;1=n2;"),
        ("{{range .items}}{{range $k, $v := .labels}}{{$k}}{{$v}}{{end}}{{end}}", "a1b2"),
        (
            '{{range .items}}{{if eq .kind "Node"}}N{{else if eq .kind "Lease"}}L{{end}}{{end}}',
            "NL",
        ),
        ("{{range .items}}{{if .cordoned}}c{{else}}-{{end}}{{end}}", "c-"),
        ('{{printf "%q=%d" .text (len .items)}}', '"a \\"word\\"\\n"=2'),
        ('{{printf "%q" .nothing.at.all}}', "%!q(<nil>)"),
        ("{{.nothing}}", "<no value>"),
        ("{{range .nothing}}x{{else}}none{{end}}", "none"),
        ("{{len .items}}{{println}}", "2\n"),
        ('{{"}}"}}', "}}"),
        ('{{index .items 1 | len | printf "%d"}}', "3"),
        ("{{with .nothing}}x{{end}}a {{- /* said */ -}} b", "ab"),
        ('{{"\\n"}}', "\n"),
    ],
)
def test_a_template_prints_what_go_prints(template: str, text: str) -> None:
    assert render(template, DATA) == text


@pytest.mark.parametrize(
    "template",
    ["{{range .items}}", "{{end}}", "{{frobnicate .items}}", "{{.items", "{{range .text}}{{end}}"],
)
def test_a_template_that_go_refuses_or_that_goes_beyond_is_refused(template: str) -> None:
    with pytest.raises(TemplateError):
        render(template, DATA)


def test_quoting_leaves_neither_line_ends_nor_quotation_marks_bare() -> None:
    assert quoted('\x00\x1b"\\\té\u2028') == '"\\x00\\x1b\\"\\\\\\té\\u2028"'
