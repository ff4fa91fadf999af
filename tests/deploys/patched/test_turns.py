"""One script at a time changes a host, and none acts on it after the job that sent it let go."""

import threading
import time

import pytest
from probes import script

from deploy_scripts.fleet.marks import Mark

A = Mark(installation="i1", cluster="prod", job="job-a", fence=10)


def job(name, fence=10):
    return Mark(installation="i1", cluster="prod", job=name, fence=fence)


def trace(lab):
    return lab.exec("n1", "cat /root/trace 2>/dev/null").stdout.split("\n")[:-1]


def wait_for(question, seconds=10):
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def leave_running(make_fleet, lab):
    """Send a long script, and break the connection when it has begun."""

    def leave(**options):
        fleet = make_fleet(mark=A)
        text = "(echo begun; sleep 2; echo went on) >>/root/trace 2>&1"
        run = threading.Thread(
            target=lambda: fleet.try_run(script, on=["n1"], text=text, **options)
        )
        run.start()
        wait_for(lambda: trace(lab) == ["begun"])
        fleet.abort()
        run.join(5)

    return leave


def test_another_attempt_of_the_job_waits_and_says_for_what(make_fleet, lab, leave_running):
    leave_running()

    printed = make_fleet(mark=job("job-a", 11)).run(script, on=["n1"], text="cat /root/trace")["n1"]

    assert printed == (
        "waiting for 'Try it' of job job-a, which still runs here",
        "begun",
        "went on",
    )


def test_an_undo_ends_what_an_earlier_attempt_left_running(make_fleet, lab, leave_running):
    leave_running()

    undo = make_fleet(mark=job("job-a", 20), is_undo=True)
    printed = undo.run(script, on=["n1"], text="echo undone >>/root/trace")["n1"]

    assert printed == ("ending what job job-a left running here: Try it",)
    assert lab.exec("n1", "pgrep -f '[e]cho went on'").stdout == ""
    time.sleep(2.2)  # what was ended would have acted by now
    assert trace(lab) == ["begun", "undone"]


def test_a_step_of_another_job_ends_it_too(make_fleet, lab, leave_running):
    leave_running()

    make_fleet(mark=job("job-b")).run(script, on=["n1"], text="echo b >>/root/trace")

    time.sleep(2.2)  # as above
    assert trace(lab) == ["begun", "b"]


@pytest.mark.parametrize("who", [("job-a", True), ("job-b", False)], ids=["undo", "another-job"])
def test_what_may_not_be_ended_is_waited_for(make_fleet, lab, leave_running, who):
    leave_running(may_be_ended=False)

    name, is_undo = who
    fleet = make_fleet(mark=job(name, 20), is_undo=is_undo)
    fleet.run(script, on=["n1"], text="echo after >>/root/trace")

    assert trace(lab) == ["begun", "went on", "after"]


def test_an_attempt_that_was_replaced_changes_nothing_any_more(make_fleet, lab):
    make_fleet(mark=job("job-a", 12)).run(script, on=["n1"], text="echo new >>/root/trace")

    _, [failure] = make_fleet(mark=job("job-a", 11)).try_run(
        script, on=["n1"], text="echo old >>/root/trace"
    )

    assert failure.message == (
        "cannot try it on n1: cannot go on: a later attempt of job job-a was at work here"
    )
    assert trace(lab) == ["new"]


def test_a_script_that_ignores_its_end_is_killed(make_fleet, lab):
    fleet = make_fleet(mark=A)
    text = (
        "trap '' TERM; echo begun >>/root/trace; sleep 60 & wait; wait; echo went on >>/root/trace"
    )
    run = threading.Thread(target=lambda: fleet.try_run(script, on=["n1"], text=text, limit=90))
    run.start()
    wait_for(lambda: trace(lab) == ["begun"])
    fleet.abort()
    run.join(5)

    make_fleet(mark=job("job-b")).run(script, on=["n1"], timeout=40, text="echo b >>/root/trace")

    assert trace(lab) == ["begun", "b"]
    assert lab.exec("n1", "pgrep -f '[s]leep 60'").stdout == ""


def test_a_service_that_a_script_starts_does_not_keep_the_hosts_lock(make_fleet, lab):
    fleet = make_fleet(mark=A)
    fleet.run(script, on=["n1"], text="setsid sleep 30 >/dev/null 2>&1 </dev/null & echo started")
    began = time.monotonic()

    make_fleet(mark=job("job-a", 11)).run(script, on=["n1"], text="exit 0")

    assert time.monotonic() - began < 5


def test_a_note_that_somebody_damaged_stops_nobody(make_fleet, lab):
    lab.exec("n1", "printf 'x; reboot' >/run/clusterwright-holder")

    assert make_fleet(mark=A).run(script, on=["n1"], text="echo fine") == {"n1": ("fine",)}


def test_the_time_of_a_command_begins_when_its_turn_has_come(
    make_fleet, lab, leave_running, monkeypatch
):
    monkeypatch.setattr("deploy_scripts.fleet.fleet.LOCAL_MARGIN_SECONDS", 0)
    leave_running()

    fleet = make_fleet(mark=job("job-a", 11))
    printed = fleet.run(script, on=["n1"], timeout=1, limit=1, text="echo at last")["n1"]

    assert printed[-1] == "at last"
