"""A bundle of evidence proves itself, and as Markdown no text of a host means anything."""

import hashlib
import json
import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.evidence.bundle import bundle, canonical, digest_of
from workflows.evidence.cells import SPECIAL, code, fence, plain, row
from workflows.evidence.markdown import markdown

QUORUM = {"voters": 3, "voters_alive": 3, "tolerance": 1}
HOSTILE = "# head\n| a | b |\n```\n<script>alert(1)</script> [x](javascript:1) @all ![i](http://x)"


def event(seq, kind="job.accepted", step=None, **data):
    at = f"2026-01-01T00:00:0{seq}Z"
    return {"seq": seq, "time": at, "type": kind, "step": step, "status": None, "data": data}


def job(**fields):
    step = {
        "index": 0,
        "name": "join",
        "title": "Join n2",
        "status": "done",
        "attempt": 1,
        "started_time": "2026-01-01T00:00:01Z",
        "finished_time": "2026-01-01T00:00:03Z",
        "seconds": 2.0,
        "waited_seconds": 0.0,
        "hosts": {"n2": {"status": "done", "seconds": 1.5}},
        "error": None,
        "findings": [],
    }
    told = {
        "id": "3f2a91c0" * 4,
        "cluster": "prod",
        "kind": "add-nodes",
        "params": {"workers": ["n2"]},
        "reason": "Ticket OPS-42",
        "requested_by": "hook:tickets",
        "via": "hook",
        "created_time": "2026-01-01T00:00:00Z",
        "reference": {"source": "tickets", "subject": "OPS-42", "url": "https://j.test/OPS-42"},
        "approve_within": 24,
        "approved_by": "a1b2c3d4e5f6",
        "approved_time": "2026-01-01T00:00:01Z",
        "accept": ["one-zone"],
        "findings": [
            {"code": "one-zone", "severity": "refuse", "host": None, "message": "all in one zone"}
        ],
        "quorum": {"before": QUORUM, "now": None, "expected": QUORUM},
        "plan_digest": "sha256:" + "ab" * 32,
        "steps": [step],
        "status": "succeeded",
        "started_time": "2026-01-01T00:00:01Z",
        "finished_time": "2026-01-01T00:00:03Z",
        "seconds": 2.0,
        "waited_seconds": 0.0,
        "without": [],
        "error": None,
    }
    return told | fields


PLAN = {
    "steps": [
        {
            "name": "join",
            "title": "Join n2",
            "hosts": ["n2"],
            "quorum": QUORUM,
            "quorum_during": QUORUM | {"voters_alive": 2, "tolerance": 0},
        }
    ],
    "findings": job()["findings"],
}
EVENTS = [event(1), event(2, "cluster.observed", 0, **QUORUM)]


def test_the_digest_is_verified_with_the_document_alone():
    sent = json.dumps(bundle(job(), PLAN, EVENTS), indent=4)

    document = json.loads(sent)
    told = document.pop("digest")
    rest = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert told == "sha256:" + hashlib.sha256(rest.encode()).hexdigest()


def test_another_program_reckons_the_same_digest():
    found = bundle(job(reason="größer & \x7f\\ 2.50"), PLAN, EVENTS)
    command = ["jq", "-cSj", "del(.digest)"]

    try:
        done = subprocess.run(command, input=json.dumps(found).encode(), capture_output=True)
    except FileNotFoundError:
        pytest.skip("jq is not installed")

    assert done.stdout == canonical(found)


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["approval"].update(by="somebody else"),
        lambda told: told["log"].pop(),
        lambda told: told["end"].update(seconds=1),
        lambda told: told["steps"][0]["hosts"]["n2"].update(status="failed"),
    ],
)
def test_whatever_is_changed_the_digest_no_longer_fits(change):
    found = bundle(job(), PLAN, EVENTS)

    change(found)

    assert digest_of(found) != found["digest"]


def test_the_bundle_tells_who_asked_who_agreed_and_what_the_quorum_was():
    found = bundle(job(), PLAN, EVENTS)

    assert found["asked"]["reference"]["subject"] == "OPS-42"
    assert (found["asked"]["by"], found["asked"]["via"]) == ("hook:tickets", "hook")
    assert found["approval"]["by"] == "a1b2c3d4e5f6"
    assert found["accepted"] == [{"code": "one-zone", "messages": ["all in one zone"]}]
    assert found["plan"]["steps"][0]["quorum_during"]["tolerance"] == 0
    assert found["quorum"]["before"] == QUORUM
    assert found["quorum"]["after"]["voters_alive"] == 3
    assert found["quorum"]["after"]["step"] == 0
    assert found["steps"][0]["hosts"]["n2"]["seconds"] == 1.5
    assert [line["seq"] for line in found["log"]] == [1, 2]


def test_what_is_said_of_a_job_later_does_not_change_its_evidence():
    before = bundle(job(), PLAN, EVENTS)

    after = bundle(job(overtaken_by="another", quorum=job()["quorum"] | {"now": {}}), PLAN, EVENTS)

    assert after == before


def test_the_markdown_names_all_of_it_and_the_digest():
    found = bundle(job(), PLAN, EVENTS)

    text = markdown(found)

    assert text.startswith("# add-nodes of prod: succeeded\n")
    assert f"`{found['digest']}`" in text
    assert "| Accepted findings | one-zone |" in text
    assert "| Approved by | a1b2c3d4e5f6, 2026" in text
    assert "| 1\\. Join n2 | n2 | 2 of 3 voters alive, survives the loss of 0 | 3 of 3" in text
    assert "| 1\\. Join n2 | done | 1 | 2 s | n2 done in 1.5 s |" in text
    assert "| After | 3 of 3 voters alive, survives the loss of 1 |" in text
    assert "cluster.observed step 1" in text


def test_a_failure_is_told_with_what_its_host_said_last():
    failures = [{"host": "n2", "message": "no route", "lines": ["E: one", "E: two"]}]
    error = {"message": "cannot join n2", "advice": "look at n2", "failures": failures}

    text = markdown(bundle(job(status="failed", error=error), PLAN, EVENTS))

    assert "cannot join n2\n-> look at n2\nn2: no route\n  | E: one\n  | E: two\n" in text


def test_what_a_host_says_breaks_out_of_no_block_row_or_line():
    error = {"message": HOSTILE, "failures": [{"host": "n2", "lines": [HOSTILE]}]}
    hostile = job(status="failed", error=error, reason=HOSTILE, cluster=HOSTILE)

    text = markdown(bundle(hostile, PLAN, [event(1, what=HOSTILE)]))

    outside, is_code = [], None
    for line in text.splitlines():
        marks = re.fullmatch(r"(`{3,})(text)?", line)
        if is_code is None and marks:
            is_code = marks[1]
        elif line == is_code:
            is_code = None
        elif is_code is None:
            outside.append(line)
    shown = "\n".join(outside)
    assert is_code is None
    assert not re.search(r"(?<!\\)[<\[@]", shown)
    assert "\\<script\\>" in shown
    assert next(line for line in outside if line.startswith("#")).startswith("# add")
    assert all(not line.startswith("# head") for line in outside)


def test_who_approved_what_they_had_asked_for_is_told_as_that():
    text = markdown(bundle(job(approved_alone=True, requested_by_name="tickets"), PLAN, EVENTS))

    assert "| Approved by | a1b2c3d4e5f6, who had asked for it, 2026" in text
    assert "| Asked for by | hook:tickets (tickets), by hook, 2026" in text


@given(st.text())
def test_plain_text_holds_no_sign_that_means_anything(text):
    shown = plain(text)

    assert "\n" not in shown
    assert not SPECIAL.search(re.sub(r"\\[\\`*_\[\]<>#|~&@$+=.):-]", "x", shown))
    assert not re.match(r"\d+[.)]", shown)


@given(st.lists(st.text(alphabet="`~ab\n ", max_size=20), max_size=5))
def test_no_line_ends_the_block_that_it_stands_in(lines):
    first, *inner, last = fence(lines)

    assert first == f"{last}text"
    assert all(last not in line for line in inner)


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_row_has_as_many_cells_as_it_was_given(cells):
    assert len(re.findall(r"(?<!\\)\|", row(*cells))) == len(cells) + 1


@given(st.text(alphabet="`a ", max_size=12))
def test_a_span_of_code_is_longer_than_what_it_holds(text):
    shown = code(text)

    ticks = re.match("`+", shown)[0]
    assert shown.endswith(ticks)
    assert ticks not in text
