"""What is kept of what hosts say: within bounds, and never at the cost of the job."""

import json

import pytest

from cluster.findings import Finding, Severity
from cluster.printable import short, visible, visible_in
from deploy_scripts.fleet.errors import HostFailure
from workflows.ledger.kept import LARGEST_BYTES, TooLarge, bounded, shortened

DECEIVING = "\x1b]52;c;aGk=\x07\x9b31m\u202egnp.exe\u2066\u200b\u2028\u2029\x00\x7f\r\ud800"


@pytest.mark.parametrize("sign", DECEIVING.replace("]52;c;aGk=", "").replace("31mgnp.exe", ""))
def test_a_sign_that_could_deceive_is_shown_by_its_escape(sign):
    if sign.isprintable():
        assert visible(sign) == sign
    else:
        assert visible(f"a{sign}b") == f"a{sign.encode('unicode_escape').decode()}b"


def test_ordinary_text_of_any_language_stays_as_it_is():
    text = "größer 🚀 日本語 العربية {}[]\\"

    assert visible(text) == text
    assert visible("two\nlines", keep="\n") == "two\nlines"


def test_a_long_text_is_cut_to_its_length_with_all_its_escapes():
    assert len(short("\x1b" * 10_000)) == 500
    assert short("x" * 500) == "x" * 500
    assert short("x" * 501).endswith("x...")


def test_a_failure_and_a_finding_hold_no_more_than_is_shown_of_them():
    failure = HostFailure(
        "n1",
        DECEIVING * 1000,
        operation="o" * 9999,
        command="c" * 9999,
        lines=("x" * 3_000_000,) * 99,
        advice="a" * 9999,
    )
    finding = Finding("c", Severity.WARN, DECEIVING * 1000, "a" * 9999, measured="m" * 9999)

    for document in (failure.as_dict(), finding.as_dict()):
        assert len(json.dumps(document)) < 20_000
        assert all(text.isprintable() for text in document.values() if isinstance(text, str))
    assert len(failure.lines) == 10


def error(failures, findings):
    row = HostFailure("n1", "m" * 900, lines=("x" * 500,) * 10).as_dict()
    found = Finding("c", Severity.REFUSE, "m" * 900, "a").as_dict()
    return {
        "message": "cannot go on",
        "transient": False,
        "defect": False,
        "advice": "look",
        "failures": [row] * failures,
        "findings": [found] * findings,
    }


@pytest.mark.parametrize(
    ("failures", "findings"), [(1, 0), (0, 3), (200, 0), (0, 5000), (300, 300)]
)
def test_an_error_is_always_recorded_and_within_bounds(failures, findings):
    document = json.loads(json.dumps(error(failures, findings)))

    kept = shortened(document)

    assert len(json.dumps(kept)) <= LARGEST_BYTES
    assert kept["message"].startswith("cannot go on")
    if kept != document:
        left = failures + findings - len(kept["failures"]) - len(kept["findings"])
        assert f"{left} more" in kept["message"]
        assert kept["failures"] or kept["findings"]


def test_a_message_without_end_is_cut():
    kept = shortened(error(0, 0) | {"message": "m" * 200_000, "advice": "a" * 200_000})

    assert len(json.dumps(kept)) <= LARGEST_BYTES


def test_a_document_that_is_too_large_is_refused_with_its_size():
    assert json.loads(bounded({"a": "b"})) == {"a": "b"}
    with pytest.raises(TooLarge, match="97 KiB, and 64 KiB at most"):
        bounded({"a": "b" * 100_000})


def test_a_document_that_enters_the_ledger_is_visible_to_its_last_name():
    document = {"a\x1b": ("\u202e", {"b": "\x9b31m two\nlines"}), "n": 1, "none": None, "yes": True}
    shown = {r"a\x1b": [r"\u202e", {"b": "\\x9b31m two\nlines"}], "n": 1, "none": None, "yes": True}

    assert visible_in(document) == shown
    assert json.loads(bounded(document)) == shown
    assert shortened(error(1, 1) | {"message": "cannot \x1b]0;x\x07"})["message"] == (
        r"cannot \x1b]0;x\x07"
    )
