import runpy

import pytest
from pages import ROOT, read, rows, section

from workflows.states import JOB_TRANSITIONS, STEP_TRANSITIONS, JobStatus


@pytest.mark.parametrize(
    ("heading", "table"),
    [("## Jobs", JOB_TRANSITIONS), ("## Steps", STEP_TRANSITIONS)],
    ids=["jobs", "steps"],
)
def test_the_page_has_the_transitions_that_the_ledger_obeys(heading, table):
    page = section(read("docs/states.md"), heading)

    documented = {(status, event): new for status, event, new in rows(page)}

    assert documented == {(str(old), str(event)): str(new) for (old, event), new in table.items()}


def test_the_page_is_the_one_that_its_script_writes():
    written = runpy.run_path(str(ROOT / "scripts" / "states.py"))["render"]()

    assert read("docs/states.md") == written


@pytest.mark.parametrize("status", JobStatus, ids=str)
def test_the_runbook_says_what_to_do_for_each_job_status(status):
    advice = section(read("docs/runbook.md"), f"## {status}")

    assert len(advice.split()) > 10
