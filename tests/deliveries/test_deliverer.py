"""What whoever delivers does with what notifiers say, and what it never tells."""

from dataclasses import replace

from outgoing import SECRET
from receiver import Reply

from workflows.deliveries.deliverer import outcome_of
from workflows.deliveries.schedule import ATTEMPTS, LONGEST_ASKED
from workflows.deliveries.subscription import DeliveryState
from workflows.evidence.reading import evidence_of
from workflows.job_documents import job_document
from workflows.notifiers.notifier import Notifier, Told


def told_by(outgoing, tell, **more):
    """Have a subscription of a kind of receiver that this function tells."""
    notifiers = {"own": Notifier("own", "our own", tell, **more)}
    outgoing.deliverer = replace(outgoing.deliverer, notifiers=notifiers)
    if not outgoing.deliveries.all():
        outgoing.subscribe(notifier="own", url="https://example.org/s3cr3t")


def test_what_a_notifier_keeps_comes_with_the_next_news_of_the_same_job(outgoing):
    kept = {}

    def tell(target, news, former, post):
        kept.setdefault(news.job["id"], []).append(dict(former))
        return Told(is_done=True, keep={"message": f"{news.job['id']}-{news.type}"})

    told_by(outgoing, tell)
    outgoing.end(outgoing.job("j1"))
    outgoing.end(outgoing.job("j2", cluster="test"))
    outgoing.tick()

    assert kept["j1"] == [{}, {"message": "j1-job.accepted"}, {"message": "j1-job.started"}]
    assert kept["j2"] == [{}, {"message": "j2-job.accepted"}, {"message": "j2-job.started"}]


def test_a_process_that_is_asked_to_end_begins_no_further_delivery_and_another_goes_on(outgoing):
    told = []

    def tell(target, news, former, post):
        told.append(news.type)
        return Told(is_done=True)

    told_by(outgoing, tell)
    outgoing.deliverer = replace(outgoing.deliverer, is_ending=lambda: len(told) == 1)
    outgoing.end(outgoing.job())

    assert outgoing.tick() == 1
    outgoing.deliverer = replace(outgoing.deliverer, is_ending=lambda: False)
    outgoing.tick()

    assert told == ["job.accepted", "job.started", "job.succeeded"]


def test_a_notifier_is_told_the_job_as_the_api_shows_it_and_its_page(outgoing):
    seen = []

    def tell(target, news, former, post):
        seen.append(news)
        return Told(is_done=True)

    outgoing.deliverer = replace(outgoing.deliverer, public_url="https://cw.example.org")
    told_by(outgoing, tell)
    outgoing.end(outgoing.job())
    outgoing.tick()

    assert seen[-1].job["status"] == "succeeded"
    assert seen[-1].job.keys() == job_document(outgoing.ledger.job("j1")).keys()
    assert seen[-1].page == "https://cw.example.org/jobs/j1"


def test_who_shows_evidence_is_told_it_of_a_job_that_rests_and_nobody_else(outgoing):
    seen = []

    def tell(target, news, former, post):
        seen.append(news)
        return Told(is_done=True)

    told_by(outgoing, tell, shows_evidence=True)
    outgoing.job()
    outgoing.tick()
    outgoing.end()
    outgoing.tick()
    told_by(outgoing, tell)
    outgoing.end(outgoing.job("j2", cluster="test"))
    outgoing.tick()

    evidence = evidence_of(outgoing.ledger, outgoing.ledger.job("j1"))
    rests = [news for news in seen if news.job["id"] == "j1" and news.evidence]
    assert rests[-1].evidence == evidence
    assert {news.job["status"] for news in rests} == {"succeeded"}
    assert not any(news.evidence for news in seen if news.job["id"] == "j2")


def test_a_mistake_of_a_notifier_is_a_failed_attempt_whose_words_nobody_sees(
    outgoing, redis, caplog
):
    def tell(target, news, former, post):
        raise ValueError(target.url)

    told_by(outgoing, tell)
    outgoing.job()
    outgoing.tick()

    waiting = outgoing.deliveries.deliveries("board", DeliveryState.WAITING)
    assert {row.error for row in waiting} == {"cannot tell by own: ValueError", ""}
    texts = [redis.dump(key).decode("latin-1") for key in redis.keys("*")]
    assert [text for text in [*texts, caplog.text] if "s3cr3t" in text] == []


def test_a_kind_of_receiver_that_is_not_there_any_more_fails_in_words(outgoing):
    outgoing.subscribe(notifier="pigeon")
    outgoing.job()
    outgoing.tick()

    (row, *_) = reversed(outgoing.deliveries.deliveries("board"))
    assert "there is no such kind of receiver" in row.error


def test_a_job_that_was_forgotten_is_told_by_its_id(outgoing, redis):
    outgoing.subscribe(events=("job.succeeded",))
    outgoing.end(outgoing.job())
    outgoing.deliveries.hand_out("test:queue", "t")
    redis.delete("cw:job:j1")
    outgoing.deliverer.run("t")

    assert outgoing.told[0]["subject"] == "jobs/j1"


def test_what_would_not_help_is_not_tried_again():
    assert outcome_of(Told(is_done=False, because="no", is_final=True), 1, 0.0).word == "dead"
    assert outcome_of(Told(is_done=False, because="no"), ATTEMPTS, 0.0).word == "dead"
    assert outcome_of(Told(is_done=False, because="no"), 1, 0.0).word == "retry"


def test_no_receiver_is_left_alone_for_longer_than_a_day():
    outcome = outcome_of(Told(is_done=False, retry_after=10.0**9), 1, 0.0)
    assert (outcome.after, outcome.quiet) == (LONGEST_ASKED, LONGEST_ASKED)


def test_neither_redis_nor_a_log_has_an_address_or_a_secret_whatever_a_receiver_answers(
    outgoing, redis, caplog
):
    caplog.set_level("DEBUG")
    hidden = ("s3cr3t", SECRET, SECRET.removeprefix("whsec_"))
    outgoing.subscribe(url=f"{outgoing.receiver.url}/s3cr3t?token=s3cr3t")
    url = f"json://user:s3cr3t@127.0.0.1:{outgoing.receiver.port}/s3cr3t"
    outgoing.subscribe("chat", notifier="apprise", url=url)
    outgoing.subscribe("nobody", url="http://127.0.0.1:9/s3cr3t")
    for reply in (Reply(500), Reply(302, {"Location": "/s3cr3t"}), Reply(500, body=b"s3cr3t")):
        outgoing.receiver.reply = reply
        outgoing.job(
            f"j{reply.status}{len(reply.body)}", cluster=f"c{reply.status}{len(reply.body)}"
        )
        outgoing.tick()
        outgoing.clock.on(4000)

    assert len(outgoing.receiver.got) > 5
    texts = [redis.dump(key).decode("latin-1") for key in redis.keys("*")]
    for text in (*texts, caplog.text):
        assert [word for word in hidden if word in text] == []
