"""From a command that somebody types to the one message of its job, and back by its buttons."""

import ipaddress

import pytest
from api_requests import Steps
from chat_server import TOKEN, served
from chat_services import CHATS, EDITED
from chatting import APPROVAL, BOB, JANE, newest, rules, told
from hook_rules import apply

from workflows.deliveries.deliverer import Deliverer
from workflows.deliveries.drawings import drawing_of
from workflows.hooks.secrets import secrets_of
from workflows.notifiers.known import NOTIFIERS
from workflows.notifiers.safe_post import SafePost
from workflows.states import JobStatus

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
EVERY_EDITED = pytest.mark.parametrize("kind", EDITED)


@pytest.fixture
def service(kind):
    with served(CHATS[kind]()) as found:
        yield found


@pytest.fixture
def deliver(app, settings, hook_url):
    """Return a function that tells what has happened, as a Celery worker does."""
    backend = app.extensions["clusterwright"]
    deliverer = Deliverer(
        backend.ledger,
        backend.deliveries,
        backend.receiver_files,
        NOTIFIERS,
        SafePost(LOOPBACK, seconds=5),
        hook_url.removesuffix("/v1/hooks/sender"),
        draw=lambda name: drawing_of(backend.inventory, name),
        secrets_of=lambda source: secrets_of(settings.data_dir, source),
    )

    def run():
        # The pace of the chat is what the tests of deliveries are about.
        backend.redis.hdel("cw:subscription:team", "quiet")
        backend.deliveries.hand_out("test:queue", "t")
        return deliverer.run("t")

    return run


@pytest.fixture
def team(open_chat, client, kind, service):
    """A chat whose bot tells of jobs, with the names of people in the rule file."""
    chat = open_chat(kind, limits=APPROVAL)
    asked = {
        "name": "team",
        "notifier": kind,
        "url": service.url,
        "secret": TOKEN,
        "settings": {"source": "sender"},
    }
    answer = client.post("/v1/subscriptions", json=asked)
    assert answer.status_code == 201, answer.text
    assert answer.json["events"] == ["job.*", "step.*"]
    return chat


def press(chat, service, verb, by):
    """Press a button of the message that the bot has posted."""
    return chat.answered(chat.send(chat.pressed(service.buttons(service.only)[verb], by)))


@EVERY_EDITED
def test_a_job_asked_for_in_a_chat_is_approved_there_by_another_who_presses_a_button(
    team, service, deliver, ledger
):
    team.ask("add worker n2 to prod because of the load test")
    job = newest(ledger)
    deliver()
    assert service.only["channel"] == service.channel
    assert "awaiting-approval" in service.text(service.only).replace("\\", "")

    refused = press(team, service, "approve", JANE)
    assert ledger.job(job.id).status is JobStatus.AWAITING_APPROVAL
    assert refused

    assert "bob asked to approve it" in told(press(team, service, "approve", BOB))
    assert ledger.job(job.id).status is JobStatus.RUNNING
    deliver()
    text = service.text(service.only).replace("\\", "")
    assert "asked for by jane, approved by bob" in text
    assert sorted(service.buttons(service.only)) == ["cancel"]

    assert (service.posts, service.edits) == (1, 1)


@EVERY_EDITED
def test_a_job_asked_for_in_a_chat_is_told_there_to_its_end(team, service, deliver, ledger, client):
    apply(client, rules(team.kind))  # nobody has to approve it
    team.ask("verify prod")
    job = newest(ledger)
    deliver()
    Steps(ledger, job.id).finish()
    deliver()

    text = service.text(service.only).replace("\\", "")
    assert "verify prod: succeeded" in text
    assert "asked for by jane" in text
    assert "control plane" in text  # the cluster, drawn
    assert f"/jobs/{job.id}" in text
    assert (service.posts, service.edits) == (1, 1)


@EVERY_EDITED
def test_a_job_that_failed_is_retried_by_the_button_of_its_message(team, service, deliver, ledger):
    team.ask("add worker n2 to prod")
    job = newest(ledger)
    deliver()
    press(team, service, "approve", BOB)
    steps = Steps(ledger, job.id)
    steps.begin()
    steps.fail()
    deliver()
    text = service.text(service.only).replace("\\", "")
    assert "cannot do it: no" in text
    assert "failed" in text

    press(team, service, "retry", JANE)

    assert ledger.job(job.id).status is JobStatus.RUNNING
    deliver()
    assert "cannot do it: no" not in service.text(service.only).replace("\\", "")
    assert service.posts == 1


@EVERY_EDITED
def test_the_token_of_the_bot_is_nowhere_in_redis(team, service, deliver, redis):
    team.ask("add worker n2 to prod")
    deliver()

    assert service.posts == 1
    for key in redis.keys("*"):
        assert TOKEN.encode() not in redis.dump(key)
