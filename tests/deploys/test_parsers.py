"""Whatever a host prints, a parser returns a value or raises its own error, in linear time."""

import ast
import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parsers import NO_PARSERS, PARSERS, Lines, Parser

import deploy_scripts

NAMES = sorted(PARSERS)
LONGEST_FACT = 500
PIECES = st.sampled_from(
    [
        *("", " ", "=", ":", "/", "@", "-", ".", '"', "\\", "'", "@@", "@@end", "cw-1 ends 0"),
        *("[", "{", "]", "}", "null", "true", "-1", "0.5", "1e999", "NaN", "-Infinity", "9" * 5000),
        *("[" * 5000, '{"a":' * 3000, "{}", "[]", '""', "\\ud800", "%!q(<nil>)", "localhost"),
        *("10.0.0.11", "256.1.1.1", "::1", "fe80::1%\x1b", "\x1b[2J", "\u202e", "\u0664", "\u00b2"),
        *("\0", "\u2028", "x" * 6000, "2026-13-45T99:99:99Z", "n2 n3", "$(reboot)", "\ufffd"),
    ]
)
JUNK = st.one_of(
    st.text(max_size=60),
    st.binary(max_size=60).map(lambda raw: raw.decode(errors="replace")),
    st.lists(PIECES, max_size=6).map("".join),
)


@st.composite
def damaged(draw: st.DrawFn, honest: Lines) -> list[str]:
    """An honest answer of which some lines were cut, doubled, taken away or changed in a part."""
    lines = list(honest)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(lines) - 1)))
        line = lines[place] if lines else ""
        begin = draw(st.integers(0, len(line)))
        end = draw(st.integers(begin, min(len(line), begin + 20)))
        changed = line[:begin] + draw(JUNK) + line[end:]
        lines[place : place + 1] = draw(
            st.sampled_from([[changed], [changed], [changed], [line, line], [], [line[:begin]]])
        )
    return lines


def answers(parser: Parser) -> st.SearchStrategy[list[str]]:
    return st.one_of(
        st.lists(JUNK, max_size=10), st.sampled_from(list(parser.honest)).flatmap(damaged)
    )


def outcome(parser: Parser, answer: Lines) -> Any:
    """Return what a parser makes of an answer, or what its error says."""
    try:
        return parser.read(answer)
    except parser.refuses as error:
        return str(error)


def strings(value: Any, where: str = "") -> list[tuple[str, str]]:
    """Every text in a value, and the name of what holds it."""
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return strings(fields, where)
    if isinstance(value, Mapping):
        return [s for k, v in value.items() for s in (*strings(k, "key"), *strings(v, str(k)))]
    if isinstance(value, (list, tuple)):
        return [found for item in value for found in strings(item, where)]
    if isinstance(value, float):
        assert math.isfinite(value), f"{where} is no number"
    return [(where, value)] if isinstance(value, str) else []


@pytest.mark.parametrize("name", NAMES)
def test_an_honest_answer_is_read(name: str) -> None:
    for answer in PARSERS[name].honest:
        assert PARSERS[name].read(answer) is not None


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_answer_is_a_value_within_bounds_or_the_documented_error(
    name: str, data: st.DataObject
) -> None:
    parser = PARSERS[name]

    value = outcome(parser, data.draw(answers(parser)))

    for where, text in () if parser.keeps_lines else strings(value):
        assert len(text) <= (253 if where == "hostname" else LONGEST_FACT) or where == "no_proxy"
        assert text.isprintable(), where


CRAFTED = {
    "a list nested without end": "[" * 100_000,
    "a table nested without end": '{"a":' * 100_000,
    "a number of a million digits": "9" * 1_000_000,
    "a number that is none": "NaN",
    "a number without bounds": "1e999",
    "a table for a list": "{}",
    "a list of texts": '["a"]',
    "a list of lists": "[[[]]]",
    "true": "true",
    "members of other types": '[{"Address": 5, "ID": true, "Role": null}]',
    "half of a sign": '"\\ud800"',
    "the same key twice": '{"listening": 1, "listening": []}',
}


@pytest.mark.parametrize("crafted", CRAFTED.values(), ids=CRAFTED.keys())
@pytest.mark.parametrize("name", NAMES)
def test_crafted_json_in_place_of_any_line_is_no_accident(name: str, crafted: str) -> None:
    parser = PARSERS[name]
    for answer in parser.honest:
        for place in range(min(len(answer), 20)):
            outcome(parser, [*answer[:place], crafted, *answer[place + 1 :]])


SHAPES = {
    "at signs": lambda n: ["1: " + "@" * n + " inet"],
    "digits and dots": lambda n: ["1." * (n // 2)],
    "digits": lambda n: ["1" * n],
    "blanks": lambda n: ["2: eth0 inet" + " " * n + "10.0.0.1"],
    "words": lambda n: ["a " * (n // 2)],
    "quotes": lambda n: ["tcp a b c 1:1 d " + '(("' * (n // 3)],
    "escapes": lambda n: ['node name="' + '\\"' * (n // 2)],
    "fields": lambda n: ["node" + ' a="b"' * (n // 6)],
    "labels": lambda n: ["node" + ' label="a"="b"' * (n // 14)],
    "signs of fields": lambda n: ["node a" + '="b"' * (n // 4)],
    "colons": lambda n: ["E0102 " + ": " * (n // 2)],
    "errors": lambda n: ["error" * (n // 5)],
    "dotted names": lambda n: ["a.Error" * (n // 7) + "x"],
    "equals": lambda n: ["members=" + "=" * n],
    "slashes": lambda n: ["a-/" * (n // 3) + "stable:"],
    "brackets": lambda n: ["[" * n],
    "many lists": lambda n: ["[" + "[]," * (n // 3) + "[]]"],
    "many strings": lambda n: ['["' + "\\u0041" * (n // 6) + '"]'],
    "one label of a node": lambda n: ['node name="a" label="' + "\\" * n],
    "a name": lambda n: ['node name="' + "a-" * (n // 2) + '"'],
    "marks": lambda n: ["mark.job=" + "=" * 90] * (n // 100),
    "a measurement": lambda n: ['{"listening": {"' + "a" * n + '": 1}}'],
    "fingerprints": lambda n: ["fingerprint=" + "0f" * (n // 2)],
    "empty lines": lambda n: [""] * (n // 10),
    "short lines": lambda n: ["a" * 9] * (n // 10),
    "headings": lambda n: [f"@@{i:07}" for i in range(n // 10)],
    "members that answer": lambda n: [f"@@alive {i:07}" for i in range(n // 16)],
    "members": lambda n: ["- Address: 10.0.0.1:1"] * (n // 22),
    "endpoints": lambda n: [f"endpoint 10.0.0.{i:03}" for i in range(n // 18)],
    "notes": lambda n: [f"10.0.0.1 {i:07}" for i in range(n // 16)],
    "beginnings": lambda n: ["cw-1 begins" * (n // 11)],
    "indented lines": lambda n: ["error: a", *["  " + "b" * 8] * (n // 10)],
    "another script": lambda n: ["\u0664\u202e" * (n // 4)],
}
TINY, SMALL, LARGE = 10_000, 100_000, 1_000_000
MOST_RATIO, MOST_SECONDS = 25, {TINY: 0.3, SMALL: 1.0, LARGE: 3.0}
"""Ten times as much may take ten times as long, and noise."""
TOO_SHORT = 0.002
"""Seconds that would be no trouble if they grew with the square."""


def places(parser: Parser) -> list[tuple[Lines, Lines]]:
    """What stands before and behind the lines: nothing, or an honest answer's parts."""
    halves = {(answer, at) for answer in map(tuple, parser.honest) for at in (1, len(answer) // 2)}
    return [((), ()), *((answer[:at], answer[at:]) for answer, at in sorted(halves))]


def seconds(parser: Parser, size: int, answer: Lines) -> float:
    began = process_time()
    outcome(parser, answer)
    spent = process_time() - began
    assert spent < MOST_SECONDS[size], f"{spent:.2f} s for {size} letters: {answer[0][:40]}"
    return spent


@pytest.mark.parametrize("name", NAMES)
def test_ten_times_as_much_takes_about_ten_times_as_long(name: str) -> None:
    parser = PARSERS[name]
    for shape, make in SHAPES.items():
        for before, behind in places(parser):
            seconds(parser, TINY, [*before, *make(TINY), *behind])
            short = seconds(parser, SMALL, [*before, *make(SMALL), *behind])
            if short > TOO_SHORT:
                long = seconds(parser, LARGE, [*before, *make(LARGE), *behind])
                assert long < MOST_RATIO * max(short, 2 * TOO_SHORT), shape


def reads_answers(module: ast.Module) -> bool:
    """Whether a module has patterns or JSON, or reads a fact."""
    imported = {
        alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {node.module for node in ast.walk(module) if isinstance(node, ast.ImportFrom)}
    methods = {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    return bool({"re", "json", "deploy_scripts.fleet.host_json"} & imported) or "process" in methods


def test_every_module_that_reads_answers_is_tried_here_or_says_why_not() -> None:
    folder = Path(deploy_scripts.__file__).parent
    modules = {
        ".".join(file.relative_to(folder).with_suffix("").parts): file
        for file in folder.rglob("*.py")
    }
    found = {name for name, file in modules.items() if reads_answers(ast.parse(file.read_text()))}
    tried = {module for parser in PARSERS.values() for module in parser.modules}

    assert found - tried - NO_PARSERS.keys() == set(), "parsers that no fuzz test tries"
    assert NO_PARSERS.keys() - found == set(), "not needed any more"
    assert modules.keys() >= tried


def test_what_kubectl_says_of_a_request_steers_no_terminal() -> None:
    signing = PARSERS["signing"]
    told = [*signing.honest[0][:-2], "@@end 1", "\x1b[2J error: not today"]

    found = signing.read(told)

    assert found["error"] == "\\x1b[2J error: not today"
