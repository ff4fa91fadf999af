"""What ran when, from events alone."""

from job_records import EventLog

from api.page.job_history import Attempt, HostSpan, Outcome, Span, history_of


def test_an_attempt_tells_its_hosts_from_their_first_word_to_their_last():
    log = EventLog().job("started", 10, "running")
    log.add("step.started", 11, 0, attempt=1)
    log.host("running", 12, 0, "n1").host("running", 13, 0, "n2").host("running", 14, 0, "n1")
    log.host("done", 15, 0, "n1").add("step.succeeded", 16, 0)

    attempt = Attempt(
        began=11,
        ended=16,
        number=1,
        undo=False,
        outcome=Outcome.DONE,
        error=None,
        hosts=(
            HostSpan(began=12, ended=15, host="n1", outcome=Outcome.DONE),
            HostSpan(began=13, ended=16, host="n2", outcome=Outcome.DONE),
        ),
        next_began=None,
    )
    assert history_of(log.events).attempts(0) == (attempt,)


def test_a_retry_is_an_attempt_of_its_own_with_a_wait_before_it():
    log = EventLog().job("started", 10, "running")
    log.add("step.started", 10, 0, attempt=1).add("step.retried", 12, 0, message="cannot: busy")
    log.add("step.started", 17, 0, attempt=2)

    first, second = history_of(log.events).attempts(0)

    assert (first.outcome, first.ended, first.next_began) == (Outcome.RETRYING, 12, 17)
    assert first.error == {"message": "cannot: busy"}
    assert (second.number, second.outcome, second.ended) == (2, Outcome.RUNNING, None)


def test_an_attempt_that_never_ended_was_lost_when_another_begins():
    log = EventLog().job("started", 10, "running")
    log.add("step.started", 10, 0, attempt=1).host("running", 11, 0, "n1")
    log.add("step.started", 19, 0, attempt=2)

    lost, _ = history_of(log.events).attempts(0)

    assert (lost.outcome, lost.ended) == (Outcome.LOST, 19)
    assert lost.hosts == (HostSpan(began=11, ended=19, host="n1", outcome=Outcome.LOST),)


def test_an_undo_is_told_from_the_attempts_before_it():
    log = EventLog().job("rollback-started", 10, "rolling-back")
    log.add("step.undo-started", 10, 0, attempt=2).add("step.undo-failed", 12, 0, message="no")

    (attempt,) = history_of(log.events).attempts(0)

    assert (attempt.undo, attempt.outcome, attempt.error) == (
        True,
        Outcome.FAILED,
        {"message": "no"},
    )


def test_a_job_is_active_in_spells_between_which_it_waits_for_a_person():
    log = EventLog().job("accepted", 5, "queued").job("started", 10, "running")
    log.job("failed", 20, "failed").job("retry-requested", 900, "queued")
    log.job("started", 950, "running").job("cancel-requested", 960, "cancelling")

    assert history_of(log.events).spells == (Span(10, 20), Span(950, None))


def test_a_rollback_in_the_same_breath_goes_on_with_the_spell():
    log = EventLog().job("started", 10, "running").job("rollback-started", 20, "rolling-back")
    log.job("rolled-back", 30, "rolled-back")

    assert history_of(log.events).spells == (Span(10, 30),)


def test_only_an_attempt_that_lasts_is_the_current_one():
    log = EventLog().add("step.started", 10, 0, attempt=1).add("step.succeeded", 11, 0)
    log.add("step.started", 12, 1, attempt=1)

    history = history_of(log.events)

    assert history.current(0) is None
    assert history.current(1) == history.attempts(1)[0]
    assert history.current(2) is None
