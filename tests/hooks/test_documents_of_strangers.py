"""Documents are read within bounds, and strictly: what has two meanings has none."""

import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflows.hooks.reading.documents import (
    MOST_BYTES,
    MOST_DEPTH,
    first_text,
    form,
    json_document,
    json_object,
    required_text,
    text_at,
)
from workflows.hooks.received import Unreadable

DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS)
def test_json_is_read_as_it_was_written(document):
    assert json_document(json.dumps(document).encode()) == document
    assert json_document(json.dumps(document, ensure_ascii=False).encode()) == document


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "as JSON: it is empty"),
        (b"{", "as JSON"),
        (b"{} {}", "as JSON"),
        (b'{"a": "\xff"}', "it is not UTF-8, at byte 7"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ('{"a": 1}'.encode("utf-16"), "it is not UTF-8"),
        (gzip.compress(b"{}", mtime=0), "it is compressed"),
        (b'{"a": 1, "a": 2}', "the name a stands there twice"),
        (b'{"x": [{"b": 1, "b": 1}]}', "the name b stands there twice"),
        (b'{"a": NaN}', "NaN"),
        (b"[Infinity, -Infinity]", "Infinity"),
        (b"[1e999]", "too large"),
        (b"[" + b"9" * 5000 + b"]", "a number has 5000 digits"),
        (b"[-" + b"9" * 1000 + b"]", "a number has 1001 digits"),
        (b'["\\ud800"]', "half a sign"),
        (b'{"\\udc00": 1}', "half a sign"),
        (b"[" * 100_000, "deeper"),
        (b"[" * 200 + b"]" * 200, "deeper"),
        (b'{"a":' * (MOST_DEPTH + 1) + b"1" + b"}" * (MOST_DEPTH + 1), "deeper"),
        (b'"' + b"x" * MOST_BYTES + b'"', "262146 bytes"),
    ],
)
def test_what_is_no_strict_json_is_refused_with_what_is_wrong(body, words):
    with pytest.raises(Unreadable, match=words) as refused:
        json_document(body)

    assert str(refused.value).startswith("cannot read the body")
    assert len(str(refused.value)) < 400


def test_a_document_as_deep_as_is_allowed_is_read():
    deep = b"[" * (MOST_DEPTH - 1) + b"]" * (MOST_DEPTH - 1)

    assert json_document(deep)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[]", "a list"),
        (b'"x"', "a text"),
        (b"1", "a number"),
        (b"true", "true"),
        (b"null", "null"),
    ],
)
def test_an_object_is_nothing_else(body, kind):
    with pytest.raises(Unreadable, match=kind):
        json_object(body)


def test_a_form_is_read_with_its_empty_fields():
    assert form(b"command=%2Fcluster&text=&user=J%C3%B6rg+M") == {
        "command": "/cluster",
        "text": "",
        "user": "J\u00f6rg M",
    }


@pytest.mark.parametrize(
    "body",
    [b"a", b"a=1&a=2", b"a=%ff", b"\xff=1", b"&".join(b"f%d=" % n for n in range(101))],
    ids=["no field", "twice", "no UTF-8", "no ASCII", "too many"],
)
def test_what_is_no_form_is_refused(body):
    with pytest.raises(Unreadable, match=r"^cannot read the body as a form"):
        form(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "it is empty"),
        (b"\xff=1", "it is not UTF-8, at byte 0"),
        (b"a=%ff", "what is escaped in a field is not UTF-8"),
        (gzip.compress(b"a=1", mtime=0), "it is compressed"),
    ],
)
def test_a_form_that_is_no_text_says_what_it_is(body, words):
    with pytest.raises(Unreadable, match=words):
        form(body)


def test_a_form_that_is_too_large_is_refused():
    with pytest.raises(Unreadable, match="bytes"):
        form(b"a=" + b"x" * MOST_BYTES)


def test_a_text_is_found_or_not_and_is_fit_to_be_shown():
    document = {"a": {"b": "x\x1b[31m", "n": 42, "t": True, "l": [1], "big": 10**4000}}

    assert text_at(document, "a", "b") == "x\\x1b[31m"
    assert text_at(document, "a", "n") == "42"
    for path in (("a", "t"), ("a", "l"), ("a", "big"), ("a",), ("b", "c"), ("a", "b", "c")):
        assert text_at(document, *path) == ""
    assert len(text_at({"a": "x" * 10_000}, "a")) == 500
    assert first_text(document, [["z"], ["a", "n"]]) == "42"
    assert first_text(document, [["z"]]) == ""
    with pytest.raises(Unreadable, match=r"a\.z is missing"):
        required_text(document, "a", "z")
