from answered_documents import THREE, job, step
from rich.console import Console

from cli.progress import view_of
from cli.progress_live import LiveView


def drawn(document, now=112.0) -> list[str]:
    console = Console(width=80, highlight=False, markup=False, color_system=None)
    with console.capture() as capture:
        console.print(LiveView(view_of(document), clock=lambda: now))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_running_job_shows_its_hosts_and_what_each_does():
    hosts = {
        "n1": {"status": "done"},
        "n2": {"status": "running", "operation": "snap install", "detail": "40 %"},
    }
    running = step(
        "install_microk8s", status="running", attempt=2, running_since=105.0, hosts=hosts
    )
    done = step("preflight", "n1", "n2", status="done", attempt=1, seconds=3.0)
    quorum = {"before": None, "now": THREE, "expected": THREE}

    lines = drawn(job(done, running, status="running", running_since=100.0, quorum=quorum))

    assert lines[0] == "▸ create-cluster prod  running  12.0s  job 3f2a91c0"
    assert lines[1] == "  ✓ Preflight            3.0s"
    assert lines[2].endswith("Install microk8s     7.0s  attempt 2")
    assert lines[3:] == [
        "      ✓ n1  ▸ n2",
        "      n2  snap install: 40 %",
        "  quorum  voters 0 → 3, survives 1",
    ]


def test_many_hosts_are_counted():
    hosts = {f"n{i}": {"status": "done" if i % 2 else "running"} for i in range(30)}

    lines = drawn(job(step("prepare_hosts", status="running", started=1.0, hosts=hosts)))

    assert "      ✓ 15 done  ▸ 15 running" in lines


def test_a_queued_job_shows_its_place_and_whom_it_waits_for():
    lines = drawn(job(position=2, waits_for="abcdef01" * 4))

    assert " ".join(lines[:2]).endswith("waits at place 2 behind job abcdef01")


def test_a_job_that_is_held_back_shows_by_what():
    lines = drawn(job(held_by="freeze sale"))

    assert lines[0].endswith("held back by freeze sale")


def test_brackets_in_a_message_are_shown_as_they_are():
    error = {"message": "cannot read [red]x[/red]"}

    lines = drawn(job(step("preflight", "n1", status="failed", started=1.0, error=error)))

    assert "      cannot read [red]x[/red]" in lines


def test_a_step_that_warned_is_done_with_so_many_warnings():
    findings = [
        {"severity": word, "code": "c", "message": "m"} for word in ("warn", "info", "warn")
    ]
    done = step("preflight", "n1", status="done", attempt=1, started=1.0, findings=findings)

    assert any(line.endswith("done with 2 warnings") for line in drawn(job(done)))


def test_what_ended_a_job_is_told_below_the_display_and_not_in_it():
    failed = step("preflight", "n1", status="failed", started=1.0, error={"message": "cannot"})

    assert not any("cannot" in line for line in drawn(job(failed, status="failed")))


def test_what_is_left_out_of_the_times_is_told_apart():
    row = {"started": 10.0, "finished": 100.0, "seconds": 30.0}

    lines = drawn(job(step("preflight", "n1", status="done", **row), status="succeeded", **row))

    assert lines[0] == "✓ create-cluster prod  succeeded  30.0s (at rest for 1m00s)  job 3f2a91c0"
    assert lines[1].endswith("30.0s  waited 1m00s")


def test_a_cancel_that_waits_for_a_step_says_so_under_it():
    document = job(step("join", "n1", status="running", ends_by=172.0), status="cancelling")

    lines = drawn(document)

    assert lines[3].strip() == "the cancel waits for its end: at most 1m00s more"


def test_a_step_that_waits_shows_for_what_and_what_may_help():
    what = {"what": "n2 has 1 pod still: web-0 (budget web lets none go)", "advice": "lower it"}
    waiting = step("drain_node", "n2", status="waiting", attempt=1, waits_for=what)

    lines = drawn(job(waiting, status="waiting"))

    assert f"      waits: {what['what']}" in lines
    assert "      -> lower it" in lines
