from answered_documents import THREE, History, folded, job, step

from cli import progress_lines
from cli.progress import quorum_line, view_of
from cli.progress_events import fold


def test_a_lost_quorum_is_told_in_capitals():
    lost = {**THREE, "voters_alive": 1, "tolerance": -1}

    view = view_of(job(quorum={"before": THREE, "now": lost, "expected": THREE}))

    assert quorum_line(view) == "voters 3, 1 alive, NO QUORUM"


def test_voters_that_answer_without_a_leader_are_no_quorum():
    leaderless = {**THREE, "tolerance": -1, "has_leader": False}

    view = view_of(job(quorum={"before": THREE, "now": leaderless, "expected": THREE}))

    assert quorum_line(view) == "NO QUORUM, the datastore has no leader"


def test_plain_lines_tell_each_event_with_its_time():
    view = view_of(job(step("join_control_plane", "n2")))
    lines = []
    for event in (
        History()
        .add("job.started", 100, "running")
        .add("step.started", 109.2, "running", 0, attempt=1)
        .add("host.running", 110, "running", 0, host="n2", operation="Join", detail="contacting")
        .add("host.running", 110, "running", 0, host="n2", operation="")
        .add("step.succeeded", 112.3, "done", 0)
        .events
    ):
        view = fold(view, event)
        lines += progress_lines.lines(view, event)

    assert lines == [
        "[0.0s] ▸ job started",
        "[9.2s] ▸ join_control_plane n2",
        "[10.0s]   ▸ n2 running: Join: contacting",
        "[12.3s] ✓ join_control_plane n2 (3.1s)",
    ]


def test_a_failure_names_host_command_last_lines_and_what_to_do():
    error = {
        "message": "cannot install n2: no space",
        "advice": "free some",
        "failures": [
            {
                "host": "n2",
                "message": "cannot install n2: no space",
                "operation": "Install MicroK8s",
                "command": "snap install microk8s",
                "exit_code": 1,
                "lines": ["downloading", "no space left"],
                "advice": "free 4 GB",
            }
        ],
        "findings": [
            {
                "code": "disk-small",
                "severity": "refuse",
                "host": "n2",
                "message": "1 GB free",
                "advice": "add disk",
            }
        ],
    }
    failed = step("install_microk8s", "n2", status="failed", attempt=2, error=error)
    retry = {"action": "retry-job", "arguments": {"job": "3f2a91c0" * 4}}
    fields = {"status": "failed", "next_action": "mend it: free some", "actions": [retry]}

    lines = list(progress_lines.ending(view_of(job(failed, **fields))))

    assert lines == [
        "install_microk8s failed after 2 attempts:",
        "  cannot install n2: no space",
        "  n2: Install MicroK8s",
        "    $ snap install microk8s  (exit code 1)",
        "    | downloading",
        "    | no space left",
        "    -> free 4 GB",
        "  ✗ n2: 1 GB free [disk-small]",
        "    -> add disk",
        "  -> free some",
        "next: mend it",
        "  clusterwright jobs retry 3f2a91c0 --wait",
    ]


def test_equal_attempts_are_told_once_and_counted():
    history = History()
    for attempt in (1, 2, 3):
        history.add("step.started", attempt, "running", 0, attempt=attempt)
        history.add("step.retried", attempt, "retrying", 0, message="cannot: 502", retry_in=4.0)
    view, lines = view_of(job(step("install_microk8s", "n2"))), []
    for event in history.events:
        view = fold(view, event)
        lines += progress_lines.lines(view, event)

    assert [line for line in lines if "again" in line] == [
        "[0.0s] ↻ install_microk8s n2 failed, to be tried again in 4.0s (0.0s): cannot: 502",
        "[0.0s] ↻ install_microk8s n2 failed, to be tried again in 4.0s (0.0s, attempt 2): "
        "2 times the same",
        "[0.0s] ↻ install_microk8s n2 failed, to be tried again in 4.0s (0.0s, attempt 3): "
        "3 times the same",
    ]


def test_a_step_that_is_taken_over_says_why_and_from_whom():
    history = (
        History()
        .add("step.started", 1, "running", 0, attempt=1)
        .add("step.resumed", 9, "running", 0, reason="lease-ended", owner="vm:5737", lost=1)
    )
    view = folded(job(step("install_microk8s", "n1")), history)

    [line] = progress_lines.lines(view, history.events[-1])

    assert line.endswith(
        "install_microk8s n1 is taken over: Celery worker vm:5737 let its lease end: it was lost, "
        "or cut off from Redis"
    )
    assert view.steps[0].attempt == 1


def test_a_step_whose_process_was_killed_says_so_when_it_is_taken_over():
    fields = {"reason": "killed", "said": "it stood still and was ended", "owner": "vm:5737"}
    history = History().add("step.resumed", 9, "running", 0, **fields, lost=1)
    view = folded(job(step("install_microk8s", "n1")), history)

    [line] = progress_lines.lines(view, history.events[-1])

    assert line.endswith("is taken over: it stood still and was ended (vm:5737)")


def test_a_host_that_was_changed_before_a_retry_is_told_with_what_it_was():
    changes = {"port": {"was": 22, "is": 2222}, "zone": {"was": "", "is": "b"}}
    history = History().add("host.changed", 9, None, None, host="n1", by="t", changes=changes)
    view = folded(job(step("install_microk8s", "n1")), history)

    [line] = progress_lines.lines(view, history.events[-1])

    assert line.endswith("host n1 was changed: port from 22 to 2222, zone from nothing to b")


def test_a_succeeded_job_has_no_failure_to_tell():
    assert list(progress_lines.ending(view_of(job(status="succeeded")))) == []


def test_what_steps_noted_though_they_succeeded_is_shown_with_its_advice():
    findings = [
        {
            "severity": severity,
            "code": code,
            "host": host,
            "message": f"{code} it is",
            "advice": advice,
        }
        for severity, code, host, advice in (
            ("warn", "address-dynamic", "n1", "reserve it"),
            ("info", "already-node", "n2", ""),
            ("warn", "os-differs", None, "use one release"),
        )
    ]
    failed_step = step("join", "n2", error={"message": "no"}, findings=findings)

    view = view_of(job(step("preflight", "n1", "n2", findings=findings), failed_step))

    assert list(progress_lines.notes(view)) == [
        "preflight had 3 findings:",
        "  ! n1: address-dynamic it is [address-dynamic]",
        "    -> reserve it",
        "  · n2: already-node it is [already-node]",
        "  ! os-differs it is [os-differs]",
        "    -> use one release",
    ]


def test_what_is_said_of_several_hosts_alike_is_told_once():
    findings = [
        {
            "severity": "warn",
            "code": "cpus-small",
            "host": host,
            "message": f"{host} has {cpus} CPU cores; 8 are recommended",
            "advice": "use a larger host",
        }
        for host, cpus in (("cp-10", 4), ("cp-2", 4), ("cp-1", 4), ("w-1", 2))
    ]

    told = list(progress_lines.notes(view_of(job(step("preflight", "cp-1", findings=findings)))))

    assert told == [
        "preflight had 4 findings:",
        "  ! cp-1: cp-1 has 4 CPU cores; 8 are recommended [cpus-small], also cp-2, cp-10",
        "    -> use a larger host",
        "  ! w-1: w-1 has 2 CPU cores; 8 are recommended [cpus-small]",
    ]


def test_an_older_servers_steps_have_no_findings():
    assert list(progress_lines.notes(view_of(job(step("preflight", "n1"))))) == []


def test_hosts_that_were_given_up_are_told():
    view = view_of(job(step("preflight", "n1"), without=["n2", "n3"]))

    assert list(progress_lines.notes(view)) == ["it goes without n2, n3, given up as lost"]


def test_the_time_at_work_is_told_without_the_waits_in_between():
    history = (
        History()
        .add("job.started", 100, "running")
        .add("step.started", 100, "running", 0, attempt=1)
        .add("step.retried", 102, "retrying", 0, message="cannot: busy", retry_in=20.0)
        .add("step.started", 122, "running", 0, attempt=2)
        .add("step.failed", 123, "failed", 0, message="cannot: no")
        .add("job.failed", 123, "failed")
        .add("job.retry-requested", 3723, "queued")
        .add("step.reopened", 3723, "pending", 0)
        .add("job.started", 3723, "running")
        .add("step.started", 3723, "running", 0, attempt=3)
        .add("step.resumed", 3733, "running", 0, owner="w1", lost=1, lease_ended=3729.0)
        .add("step.started", 3733, "running", 0, attempt=4)
        .add("step.succeeded", 3734, "done", 0)
        .add("job.succeeded", 3734, "succeeded")
    )
    view = view_of(job(step("install_microk8s", "n1")))
    for event in history.events:
        view = fold(view, event)
        (*_, last) = progress_lines.lines(view, event) or [""]
        if event["type"] == "step.succeeded":
            done = last

    assert (view.steps[0].seconds(9e9), view.steps[0].waited) == (10, 3624)
    assert done.endswith("install_microk8s n1 (10.0s, attempt 4, 1h00m24s between attempts)")
    assert (view.seconds(9e9), view.waited) == (34, 3600)
    assert "succeeded in 34.0s, at rest for 1h00m00s in between" in progress_lines.summary(view)


def test_a_record_and_its_events_tell_the_same_time():
    row = {"started": 100, "finished": 134, "seconds": 10.0, "running_since": None}
    document = job(step("install_microk8s", "n1", status="done", **row), **row)

    view = view_of(document)

    assert (view.steps[0].seconds(999), view.steps[0].waited) == (10, 24)
    assert (view.seconds(999), view.waited) == (10, 24)


def test_a_cancel_that_waits_for_a_step_says_for_how_long_at_most():
    view = view_of(job(step("join_control_plane", "n2")))
    lines = []
    for event in (
        History()
        .add("step.started", 100, "running", 0, attempt=1)
        .add("job.cancel-requested", 110, "cancelling")
        .add("step.not-interrupted", 111, "running", 0, ends_by=531.0)
        .add("step.succeeded", 140, "done", 0)
        .events
    ):
        view = fold(view, event)
        lines += progress_lines.lines(view, event)

    assert lines[2].endswith(
        "n2 is carried to its end, as it may not be interrupted: at most 7m00s more"
    )
    assert view.steps[0].ends_by is None


def test_a_job_that_takes_something_back_says_how_it_rests():
    history = History().add("job.closing-started", 2, "closing", ends="failed", steps=[3])

    view = folded(job(step("uncordon", "n1")), history)

    (line,) = progress_lines.lines(view, history.events[0])
    assert view.status == "closing"
    assert line.endswith("↶ job takes back what must not stay, then rests as failed")


BUDGET = {
    "what": "n2 has 1 pod still: default/web-0 (budget default/web lets none go)",
    "advice": "microk8s kubectl describe pdb -n default web (on n1) tells what it asks for",
}


def test_what_a_step_waits_for_is_told_once_with_what_may_help_and_then_that_it_does_still():
    history = (
        History()
        .add("step.started", 1, "running", 0, attempt=1)
        .add("step.deferred", 2, "waiting", 0, **BUDGET)
        .add("step.started", 3, "running", 0, attempt=1)
        .add("step.deferred", 4, "waiting", 0, **BUDGET)
        .add("step.started", 5, "running", 0, attempt=1)
        .add("step.deferred", 6, "waiting", 0, **{**BUDGET, "what": "n2 has 2 pods still"})
    )
    view = view_of(job(step("drain_node", "n2")))

    told = []
    for event in history.events:
        view = fold(view, event)
        told += progress_lines.lines(view, event) if event["type"] == "step.deferred" else []

    first, again, other = (line.partition("] ")[2] for line in told)
    assert first == f"… drain_node n2 waits: {BUDGET['what']}\n  -> {BUDGET['advice']}"
    assert again == "… drain_node n2 waits still, after 2 looks"
    assert other.startswith("… drain_node n2 waits: n2 has 2 pods still")


def test_a_step_that_is_over_waits_for_nothing():
    history = (
        History()
        .add("step.started", 1, "running", 0, attempt=1)
        .add("step.deferred", 2, "waiting", 0, **BUDGET)
        .add("step.succeeded", 3, "done", 0)
    )

    assert folded(job(step("drain_node", "n2")), history).steps[0].waits_for is None
