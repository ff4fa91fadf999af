"""The one message of a job says how far it is, what went wrong, and what can be asked now."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.chat.job_message import JobMessage, bar, fitted, job_message
from workflows.chat.plain import for_markdown, for_slack
from workflows.states import JobStatus, StepStatus

JOB = "3f2a91c0" * 4
NOW = 1_700_000_000.0


def step(index, status="pending", **more):
    found = {"index": index, "name": f"s{index}", "title": f"Step {index}", "status": status}
    return found | {"seconds": 2.4, "waits_for": None} | more


def job(status="running", **fields):
    return {
        "id": JOB,
        "cluster": "prod",
        "kind": "add-nodes",
        "status": status,
        "epoch": 2,
        "reason": "",
        "requested_by": "chat:chat:jane",
        "requested_by_name": None,
        "approved_by": None,
        "plan_digest": "sha256:" + "ab" * 32,
        "quorum": {"before": None, "now": None, "during": None, "expected": None},
        "next_action": "wait for it",
        "steps": [step(0, "done"), step(1, "running"), step(2)],
        "error": None,
        "actions": [{"action": "cancel-job", "arguments": {"job": JOB}}],
    } | fields


def text(found):
    return "\n".join(found.lines)


def test_a_running_job_shows_each_step_a_bar_and_who_has_asked():
    found = job_message(job(approved_by="chat:chat:bob", reason="more room"))

    assert found.title == "▶ add-nodes prod: running (3f2a91c0)"
    assert found.lines == (
        "asked for by jane, approved by bob",
        "because more room",
        "██████░░░░░░░░░░░░░░ 1 of 3 steps done",
        "next: wait for it",
        "✓ Step 0 (2 s)",
        "▶ Step 1",
        "· Step 2",
    )


def test_what_failed_is_told_by_host_and_command_with_what_to_do_next():
    failure = {"host": "n4", "operation": "Join n4", "command": "snap install", "exit_code": 7}
    error = {"index": 1, "message": "cannot join n4", "failures": [failure | {"lines": ["no"]}]}
    steps = [step(0, "done"), step(1, "failed"), step(2)]

    found = text(job_message(job("failed", error=error, steps=steps, next_action="retry it")))

    assert "step 2 of 3, Step 1: cannot join n4" in found
    assert "host n4: Join n4" in found
    assert "command: snap install (exit code 7)" in found
    assert "next: retry it" in found
    assert "✗ Step 1: failed" in found


def test_a_job_that_has_been_retried_shows_no_old_failure():
    error = {"index": 1, "message": "cannot join n4", "failures": []}

    assert "cannot join" not in text(job_message(job("running", error=error)))


def test_voters_are_told_before_during_and_afterwards():
    def margin(alive):
        return {"voters": 3, "voters_alive": alive}

    quorum = {"before": margin(3), "during": margin(2), "expected": margin(3)}

    found = text(job_message(job(quorum=quorum)))

    assert "voters alive: 3 of 3 before, 2 of 3 at least, 3 of 3 afterwards" in found


def test_what_a_step_waits_for_stands_with_it():
    steps = [step(0, "waiting", waits_for={"what": "n4 to be Ready"})]

    assert "⏳ Step 0: waiting for n4 to be Ready" in text(job_message(job("waiting", steps=steps)))


def test_of_many_steps_those_around_the_one_at_work_are_shown():
    steps = [step(index, "done" if index < 50 else "pending") for index in range(100)]

    found = job_message(job(steps=steps)).lines

    assert "42 earlier steps" in found
    assert "· Step 50" in found
    assert "42 later steps" in found


def test_the_cluster_is_drawn_when_the_job_has_succeeded_and_not_before():
    assert job_message(job(), drawing="a\nb").drawing == ()
    assert job_message(job("succeeded"), drawing="a\nb").drawing == ("a", "b")


def test_buttons_are_what_the_job_can_be_asked_now_for_a_day_and_for_this_attempt():
    [button] = job_message(job(), at=NOW, with_buttons=True).buttons

    assert (button.verb, button.job, button.epoch) == ("cancel", JOB, 2)
    assert button.digest == "ab" * 8
    assert button.expires == NOW + 24 * 3600
    assert job_message(job(), at=NOW).buttons == ()


@pytest.mark.parametrize("status", JobStatus)
def test_a_job_of_any_status_has_a_title(status):
    assert f"prod: {status}" in job_message(job(str(status))).title


@pytest.mark.parametrize("status", StepStatus)
def test_a_step_of_any_status_has_a_line(status):
    assert "Step 0" in text(job_message(job(steps=[step(0, str(status))])))


@given(done=st.integers(0, 400), more=st.integers(0, 400))
def test_a_bar_has_one_width_and_is_full_only_where_all_is_done(done, more):
    found = bar(done, done + more)

    assert len(found) == 20
    assert (set(found) == {"█"}) is (more == 0 and done > 0)


TEXTS = st.lists(st.text(max_size=80).map(lambda text: text.replace("\n", " ")), max_size=30)


@given(lines=TEXTS, drawing=TEXTS, room=st.integers(0, 2000), plain=st.sampled_from(["m", "s"]))
def test_a_message_never_takes_more_room_than_there_is(lines, drawing, room, plain):
    escape = {"m": for_markdown, "s": for_slack}[plain]
    message = JobMessage("t", tuple(lines), tuple(drawing))

    shown, drawn = fitted(message, room, escape)

    assert len(shown) + len(drawn) <= room
    whole = "\n".join(map(escape, lines))
    assert whole.startswith(shown)
    assert drawn in {"", "\n".join(drawing)}


@given(done=st.integers(0, 100), more=st.integers(0, 100))
def test_of_however_many_steps_none_is_both_shown_and_counted(done, more):
    steps = [step(index, "done" if index < done else "pending") for index in range(done + more)]

    found = job_message(job(steps=steps)).lines

    shown = sum("Step" in line for line in found)
    counted = sum(
        int(line.split()[0]) for line in found if line.endswith((" earlier steps", " later steps"))
    )
    assert shown + counted == done + more
