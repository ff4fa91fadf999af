"""How a job stands after each of its events, as the command line folds them."""

import pytest
from answered_documents import History, folded, job, step, succeeding

from cli import progress_lines
from cli.progress import HostView, quorum_line
from cli.progress_events import at_start, fold


def test_events_fold_into_a_finished_job():
    view = folded(job(step("install_microk8s", "n1")), succeeding())

    assert (view.status, view.seq, view.seconds(999)) == ("succeeded", 8, 6)
    assert view.steps[0].status == "done"
    assert view.steps[0].seconds(999) == 3
    assert view.steps[0].hosts == {"n1": HostView("done", "", "", 1.0)}
    assert quorum_line(view) == "voters 0 → 3, survives 1"


def test_an_event_that_was_seen_already_changes_nothing():
    history = succeeding()
    view = folded(job(step("install_microk8s", "n1")), history)

    assert fold(view, history.events[2]) == view


def test_a_seed_that_reports_is_shown_but_is_not_the_steps_subject():
    history = History().add("host.running", 1, "running", 0, host="cp-1", operation="Mint")

    view = folded(job(step("join_control_plane", "cp-2")), history)

    assert view.steps[0].subject == "cp-2"
    assert view.steps[0].hosts["cp-1"].operation == "Mint"


def test_another_attempt_keeps_the_hosts_that_are_done():
    history = (
        History()
        .add("step.started", 1, "running", 0, attempt=1)
        .add("host.done", 2, "done", 0, host="n1", status="done")
        .add("host.failed", 2, "failed", 0, host="n2", status="failed")
        .add("step.retried", 3, "retrying", 0, message="cannot install n2: no space")
        .add("step.started", 9, "running", 0, attempt=2)
    )

    view = folded(job(step("install_microk8s", "n1", "n2")), history)

    assert view.steps[0].attempt == 2
    assert view.steps[0].error is None
    assert {name: host.status for name, host in view.steps[0].hosts.items()} == {
        "n1": "done",
        "n2": "pending",
    }
    assert (view.steps[0].seconds(10), view.steps[0].waited) == (3, 6)


def test_an_undo_begins_anew_with_all_hosts():
    history = (
        History()
        .add("step.started", 1, "running", 0, attempt=1)
        .add("host.done", 2, "done", 0, host="n1", status="done")
        .add("step.succeeded", 3, "done", 0)
        .add("job.rollback-started", 4, "rolling-back")
        .add("step.undo-started", 5, "undoing", 0, attempt=2)
    )

    view = folded(job(step("install_microk8s", "n1")), history)

    assert view.status == "rolling-back"
    assert view.steps[0].hosts == {"n1": HostView()}
    assert (view.steps[0].seconds(6), view.steps[0].waited) == (3, 2)


@pytest.mark.parametrize(
    ("event", "status", "line"),
    [
        ("undo-succeeded", "undone", "↶ preflight n1 undone"),
        ("undo-not-needed", "nothing-to-undo", "- preflight n1 has nothing to undo"),
        ("undo-skipped", "skipped", "- preflight n1 is not undone: its hosts are lost"),
    ],
)
def test_what_a_rollback_passes_over_is_not_called_undone(event, status, line):
    history = (
        History()
        .add("job.rollback-started", 1, "rolling-back")
        .add("step.undo-started", 2, "undoing", 0, attempt=2)
        .add(f"step.{event}", 3, status, 0)
    )

    view = folded(job(step("preflight", "n1")), history)

    assert (view.steps[0].status, view.steps[0].error) == (status, None)
    lines = list(progress_lines.lines(view, history.events[-1]))
    assert [text.partition("] ")[2] for text in lines] == [f"{line} (1.0s, attempt 2)"]


def test_a_finished_job_replays_from_its_start():
    document = job(step("install_microk8s", "n1"))
    finished = folded(document, succeeding())

    assert folded(document, succeeding()) == finished
    view = at_start(finished)
    for event in succeeding().events:
        view = fold(view, event)
    assert view == finished


@pytest.mark.parametrize("event", ["step.started", "host.done", "step.unheard-of", "new.kind"])
def test_an_event_of_an_unknown_step_or_sort_is_passed_over(event):
    history = History().add(event, 1, "running", 7, host="n1")

    assert folded(job(step("preflight", "n1")), history).seq == 1
