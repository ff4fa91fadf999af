"""A job's events in sentences, and where it stands in one."""

import pytest
from job_records import EventLog, job, step

from api.page.job_log import EVENT_TYPES, lines
from api.page.job_progress import progress
from workflows.states import JobEvent, JobStatus, StepEvent, StepStatus

JOB = job(step(0, "n1", title="Check 1 host"), step(1, "n1", title="Install MicroK8s on n1"))


def line_of(add):
    (line,) = lines(JOB, add(EventLog()).events)
    return line.name, line.text, line.detail, line.tone


@pytest.mark.parametrize(
    ("add", "expected"),
    [
        (lambda t: t.job("accepted", 1, "queued"), ("", "Accepted", "", "plain")),
        (lambda t: t.job("succeeded", 1, "succeeded"), ("", "Succeeded", "", "good")),
        (
            lambda t: t.add("step.started", 1, 1, attempt=2),
            ("2. Install MicroK8s on n1", "begins, attempt 2", "", "plain"),
        ),
        (
            lambda t: t.add("step.retried", 1, 1, message="cannot: snapd is busy"),
            (
                "2. Install MicroK8s on n1",
                "failed and is tried again",
                "cannot: snapd is busy",
                "waits",
            ),
        ),
        (
            lambda t: t.host("running", 1, 1, "n1", operation="Install the snap", detail="42 %"),
            ("n1", "Install the snap", "42 %", "plain"),
        ),
        (lambda t: t.host("done", 1, 1, "n1", seconds=2.5), ("n1", "done in 2.5 s", "", "good")),
        (
            lambda t: t.add("cluster.observed", 1, 1, voters=3, voters_alive=2, tolerance=0),
            ("", "Cluster observed: 2 of 3 voters alive; it survives no loss", "", "plain"),
        ),
        (
            lambda t: t.add("cluster.observed", 1, 1, voters=1, voters_alive=1, has_leader=False),
            ("", "Cluster observed: the datastore has no leader; quorum is lost", "", "plain"),
        ),
        (
            lambda t: t.add("job.closing-started", 1, status="closing", ends="failed", steps=[3]),
            (
                "",
                "Takes back what must not stay, before it rests",
                "it is going to be failed",
                "waits",
            ),
        ),
        (
            lambda t: t.add("job.held-back", 1, status="queued", because="freeze sale"),
            (
                "",
                "Waits for its maintenance window, or for the end of a freeze",
                "freeze sale",
                "waits",
            ),
        ),
        (
            lambda t: t.add("cluster.changed", 1, 1, changed={"quorum": {}, "ha": {}}),
            ("", "The cluster is not as it was seen before: ha, quorum", "", "plain"),
        ),
        (lambda t: t.add("moon.rose", 1), ("", "moon.rose", "", "plain")),
    ],
)
def test_an_event_is_told_in_a_sentence(add, expected):
    assert line_of(add) == expected


def test_a_rolled_back_job_says_on_which_hosts_nothing_was_undone():
    records = (
        step(0, "n1", "n2", status=StepStatus.UNDONE),
        step(1, "n2", status=StepStatus.SKIPPED),
    )
    rolled_back = job(*records, status=JobStatus.ROLLED_BACK, without=frozenset({"n2"}))

    assert progress(rolled_back) == "Everything that was done is undone, but on n2: lost for good"


def test_every_event_of_the_state_machine_is_heard_by_the_browser():
    of_jobs = {f"job.{event}" for event in JobEvent} | {"job.accepted"}
    of_steps = {f"step.{event}" for event in StepEvent}

    assert of_jobs | of_steps <= set(EVENT_TYPES)


@pytest.mark.parametrize(
    ("status", "steps", "sentence"),
    [
        (JobStatus.QUEUED, (), "Queued"),
        (JobStatus.RUNNING, (StepStatus.DONE, StepStatus.RUNNING), "Step 2 of 2: Do step 1"),
        (JobStatus.RUNNING, (StepStatus.DONE, StepStatus.PENDING), "1 of 2 steps are done"),
        (JobStatus.RUNNING, (StepStatus.RETRYING,), "Step 1 of 1 is tried again: Do step 0"),
        (JobStatus.FAILED, (StepStatus.DONE, StepStatus.FAILED), "Step 2 of 2 failed: Do step 1"),
        (
            JobStatus.ROLLING_BACK,
            (StepStatus.UNDOING, StepStatus.FAILED),
            "Step 1 of 2 is being undone: Do step 0",
        ),
        (
            JobStatus.CLOSING,
            (StepStatus.DONE, StepStatus.FAILED, StepStatus.RUNNING),
            "Step 3 of 3: Do step 2",
        ),
        (JobStatus.STUCK, (StepStatus.STUCK,), "Step 1 of 1 could not be undone: Do step 0"),
        (JobStatus.SUCCEEDED, (StepStatus.DONE, StepStatus.DONE), "All 2 steps are done"),
        (
            JobStatus.SUCCEEDED,
            (StepStatus.DONE, StepStatus.LEFT_OUT),
            "1 of 2 steps are done, 1 left out",
        ),
        (JobStatus.ROLLED_BACK, (StepStatus.UNDONE,), "Everything that was done is undone"),
    ],
)
def test_a_sentence_tells_where_a_job_stands(status, steps, sentence):
    records = [step(index, "n1", status=one) for index, one in enumerate(steps)]

    assert progress(job(*records, status=status)) == sentence
