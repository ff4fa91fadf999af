"""A ticket hears of the job that it asked for: notes, the evidence, its new state, once each."""

import json

import pytest
from ticket_receivers import SECRET
from ticket_systems import SYSTEMS
from told_tickets import JOB, LIFE, PAGE, target

from workflows.evidence.bundle import digest_of

EVERY_KIND = pytest.mark.parametrize("kind", SYSTEMS)
WRITES = {"servicenow": "PATCH", "zendesk": "PUT"}
HOSTILE = "{noformat} </pre> <script>x</script> ``` [a](http://b) /close"


@EVERY_KIND
def test_a_ticket_hears_of_its_job_from_the_start_to_the_evidence(desk, tell):
    kept = {}
    for sequence, type_ in enumerate(LIFE, start=1):
        told = tell(type_, sequence, kept=kept)
        assert told.is_done, told.because
        kept = told.keep

    assert ["Accepted" in desk.notes[0], "Started" in desk.notes[1]] == [True, True]
    assert len(desk.notes) == 3
    last = desk.notes[2]
    assert "Succeeded after 2 s at work" in last
    # A long list of notes may be read in part: what a note is found by stands ahead.
    assert last.index("news 3.") < last.lower().index("digest")
    assert PAGE in last
    assert f"Clusterwright, job {JOB[:12]}, news 3." in last
    assert all("digest" not in note.lower() for note in desk.notes[:2])
    assert SECRET not in json.dumps(dict(kept))


@EVERY_KIND
def test_the_evidence_is_attached_where_files_can_be_and_its_digest_fits(desk, tell):
    tell("job.succeeded", 9)

    assert list(desk.files) == ([f"evidence-{JOB[:12]}-9.json"] if desk.has_files else [])
    for content in desk.files.values():
        evidence = json.loads(content)
        assert evidence["digest"] == digest_of(evidence)
        assert evidence["digest"] in desk.notes[0]


@EVERY_KIND
def test_news_whose_answer_was_lost_is_not_told_twice(kind, desk, tell):
    desk.loses_answers_of = WRITES.get(kind, "POST")
    told = tell("job.started")
    assert (told.is_done, told.is_final) == (False, False)
    assert "502" in told.because

    again = tell("job.started", kept=told.keep)

    assert again.is_done
    assert len(desk.notes) == 1


@EVERY_KIND
def test_news_that_was_told_asks_nothing_when_it_comes_again(desk, tell):
    kept = tell("job.started", 2, kept=tell("job.accepted", 1).keep).keep
    desk.requests.clear()

    again, earlier = tell("job.started", 2, kept=kept), tell("job.accepted", 1, kept=kept)

    assert (again.is_done, earlier.is_done) == (True, True)
    assert desk.requests == []


@EVERY_KIND
def test_news_that_never_arrived_is_told_though_later_news_did(desk, tell):
    kept = tell("job.succeeded", 7).keep

    assert tell("job.started", 3, kept=kept).is_done

    assert len(desk.notes) == 2


@EVERY_KIND
@pytest.mark.parametrize("type_", ["step.succeeded", "host.running", "job.deferred", "job.resumed"])
def test_what_lies_between_is_not_told(desk, tell, type_):
    assert tell(type_).is_done
    assert desk.requests == []


@EVERY_KIND
def test_a_ticket_is_moved_where_a_setting_says_so_and_only_then(desk, tell):
    to = target(desk, settings=desk.moved)

    assert tell("job.started", 1, to=to).is_done
    assert desk.state == "open"
    assert tell("job.succeeded", 2, to=to).is_done
    assert desk.state == "done"


@EVERY_KIND
def test_a_failure_is_told_with_its_cause_and_moves_nothing_that_success_would(desk, tell):
    to = target(desk, settings=desk.moved)

    told = tell("job.failed", to=to, status="failed", error={"message": f"cannot: {HOSTILE}"})

    assert told.is_done, told.because
    assert "Failed after 2 s at work" in desk.notes[0]
    assert "What to do next: retry it." in desk.notes[0]
    assert desk.state == "open"


@EVERY_KIND
def test_a_job_that_waits_for_approval_says_until_when_and_for_which_plan(desk, tell):
    until = "2026-01-02T00:00:00.000Z"

    tell("job.accepted", status="awaiting-approval", expires_time=until)

    assert f"Approval is wanted until {until}" in desk.notes[0].replace("\\", "")
    assert "sha256:abab" in desk.notes[0]


@EVERY_KIND
def test_a_note_is_no_longer_than_its_kind_takes_however_long_the_log_is(desk, tell):
    steps = [
        {
            "index": place,
            "name": "join",
            "title": "J" * 400,
            "status": "done",
            "attempt": 1,
            "seconds": 1.0,
            "hosts": {},
        }
        for place in range(200)
    ]
    job = {"steps": steps, "status": "failed", "error": {"message": "x" * 5000}}

    assert tell("job.failed", **job).is_done

    assert len(desk.notes[0]) < {"gitlab": 200_000, "zammad": 100_000}.get(desk.kind, 62_000)
    assert "sha256:" in desk.notes[0]
