"""What a ticket system refuses, and what it is not asked at all."""

import importlib
from dataclasses import replace

import pytest
from ticket_receivers import Refused
from ticket_systems import SYSTEMS
from told_tickets import JOB, news, post, target

EVERY_KIND = pytest.mark.parametrize("kind", SYSTEMS)


@EVERY_KIND
def test_a_test_of_a_subscription_tries_the_secret_and_writes_nothing(kind, desk, tell):
    assert tell("subscription.test").is_done
    wrong = b"wrong" + (b" app-token" if kind == "glpi" else b"")

    told = tell("subscription.test", to=target(desk, secrets=[wrong]))

    assert (told.is_done, told.is_final) == (False, True)
    assert "the receiver: it answers 401" in told.because
    assert desk.notes == []


@EVERY_KIND
def test_news_of_a_job_that_has_been_forgotten_is_let_go(kind, desk):
    notifier = importlib.import_module(f"workflows.notifiers.{kind}").NOTIFIER
    forgotten = replace(news("job.succeeded", desk.subject), job={"id": JOB}, evidence=None)

    assert notifier.tell(target(desk), forgotten, {}, post).is_done
    assert desk.requests == []


@EVERY_KIND
@pytest.mark.parametrize("status", [429, 503])
def test_who_wants_to_be_left_alone_is_and_hears_it_later(desk, tell, status):
    desk.limits = [Refused(status, "slow down", Retry_After="7")] * 10
    told = tell("job.started")
    assert (told.is_done, told.is_final, told.retry_after) == (False, False, 7.0)

    desk.limits = []
    assert tell("job.started", kept=told.keep).is_done
    assert len(desk.notes) == 1


@EVERY_KIND
def test_a_secret_that_is_not_good_ends_it_with_advice_and_is_not_quoted(kind, desk, tell):
    wrong = "wr0ng-s3cret" + (" app-token" if kind == "glpi" else "")

    told = tell("job.started", to=target(desk, secrets=[wrong.encode()]))

    assert (told.is_done, told.is_final) == (False, True)
    assert "401" in told.because
    assert "clusterwright subscriptions --help" in told.because
    sent = desk.requests[0].headers
    shown = sent.get("authorization") or sent["private-token"]
    assert "wr0ng" not in told.because
    assert shown.rpartition(" ")[2] not in told.because
    assert desk.notes == []


@EVERY_KIND
def test_while_a_secret_is_replaced_the_old_one_is_good_as_well(kind, desk, tell):
    new = b"new-s3cret" + (b" app-token" if kind == "glpi" else b"")

    told = tell("job.started", to=target(desk, secrets=[new, desk.secret.encode()]))

    assert told.is_done, told.because
    assert len(desk.notes) == 1


@EVERY_KIND
def test_a_ticket_that_is_not_there_ends_it_and_says_what_to_do(kind, desk, tell):
    gone = {"github": "ops/clusters#99", "gitea": "ops/clusters#99", "gitlab": "ops/clusters#99"}
    numbered = {"jira": "OPS-99", "pagerduty": "PINC99", "servicenow": "CHG0039999"}

    told = tell("job.started", subject={**gone, **numbered}.get(kind, "99"))

    assert (told.is_done, told.is_final) == (False, True)
    assert "; " in told.because
    assert "99" in told.because
    assert desk.notes == []


@EVERY_KIND
@pytest.mark.parametrize(
    "subject",
    ["", "NodeDown", "../../admin", "ops/clusters", "../..#1", "OPS-1/../../x", "7 ", "a/b#1?x"],
)
def test_what_is_no_ticket_of_the_kind_is_never_part_of_an_address(desk, tell, subject):
    told = tell("job.started", subject=subject)

    assert told.is_done
    assert desk.requests == []


@EVERY_KIND
def test_a_job_that_another_sender_or_nobody_outside_asked_for_is_not_told(desk, tell):
    others = {"source": "alerts", "subject": desk.subject, "url": None}

    for reference in (others, None):
        assert tell("job.started", reference=reference).is_done

    assert desk.requests == []


@EVERY_KIND
def test_nobody_who_answers_is_tried_again_later(desk, tell):
    told = tell("job.started", to=target(desk, url="http://127.0.0.1:9"))

    assert (told.is_done, told.is_final) == (False, False)
    assert told.because.startswith("cannot reach the receiver")
