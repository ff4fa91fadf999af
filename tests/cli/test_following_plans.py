"""A job that is followed while its plan becomes another shows the steps that it has."""

import io

from answered_documents import History, job, step
from rich.console import Console

from cli.follow import follow
from cli.progress import view_of
from cli.progress_events import fold, with_plan_of

ID = job()["id"]
(DONE_ON_N1,) = History().add("host.done", 1, "done", 0, host="n1", status="done").events


class Asked:
    """Answers as the API's client does: a job as it is at each reading, and its events."""

    def __init__(self, *readings, events):
        self._readings, self._events = list(readings), events

    def job(self, _job_id):
        return self._readings.pop(0) if len(self._readings) > 1 else self._readings[0]

    def events(self, _job_id, after=0):
        yield from (event for event in self._events if event["seq"] > after)


def followed(client, *, is_terminal):
    console = Console(file=io.StringIO(), force_terminal=is_terminal, width=150)
    follow(client, ID, console)
    return console.file.getvalue()


def replanned():
    """A worker that joins gets a label: the job has one step more than when it was posted."""
    join = step("join_workers", "n2", status="done", attempt=2)
    before = job(step("join_workers", "n2"), step("verify_quorum", "n1"))
    after = job(join, step("label_nodes", "n2"), step("verify_quorum", "n1"))
    ended = after | {"status": "succeeded", "seq": 9}
    difference = ["it does label n2 as well"]
    history = (
        History()
        .add("job.started", 100, "running")
        .add("step.started", 101, "running", 0, attempt=1)
        .add("step.failed", 102, "failed", 0, message="cannot join n2")
        .add("job.failed", 102, "failed")
        .add("job.retry-requested", 110, "queued")
        .add("job.replanned", 111, "running", difference=difference)
        .add("step.started", 112, "done", 0, attempt=2)
        .add("step.started", 113, "running", 1, attempt=1)
        .add("job.succeeded", 114, "succeeded")
    )
    return Asked(before, after, after, ended, events=history.events)


def test_the_lines_name_the_steps_of_the_new_plan_and_how_it_differs():
    text = followed(replanned(), is_terminal=False)

    assert "job planned anew: it does label n2 as well" in text
    assert "✗ join_workers n2 failed" in text
    assert "label_nodes n2" in text
    assert "verify_quorum" not in text


def test_the_display_has_the_steps_of_the_new_plan():
    text = followed(replanned(), is_terminal=True)

    assert "Label nodes" in text


def test_hosts_that_a_step_has_before_it_again_are_not_shown_as_done():
    was = view_of(job(step("upgrade", "n1", "n2", status="done", attempt=1)))
    was = fold(was, DONE_ON_N1)
    assert was.steps[0].hosts["n1"].status == "done"

    again = with_plan_of(was, view_of(job(step("upgrade", "n1", "n2", attempt=1))))

    assert {host.status for host in again.steps[0].hosts.values()} == {"pending"}


def test_hosts_that_a_retry_leaves_alone_stay_done():
    read = step("upgrade", "n1", "n2", attempt=1)
    read["hosts"]["n1"]["status"] = "done"
    was = fold(view_of(job(step("upgrade", "n1", "n2", status="failed", attempt=1))), DONE_ON_N1)

    again = with_plan_of(was, view_of(job(read)))

    assert [host.status for host in again.steps[0].hosts.values()] == ["done", "pending"]
