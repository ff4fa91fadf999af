"""Who asks in a chat that has no bot hears how it goes on, by the address that came with it."""

import ipaddress
import json
import stat
import time

import pytest
from api_requests import Steps
from chat_server import served
from chatting import APPROVAL, BOB, newest, rules
from hook_rules import apply
from reply_services import REPLIES

from workflows.deliveries import follower_files
from workflows.deliveries.deliverer import Deliverer
from workflows.deliveries.follower_files import FollowerFiles
from workflows.deliveries.subscription import DeliveryState
from workflows.hooks.secrets import secrets_of
from workflows.notifiers.known import NOTIFIERS
from workflows.notifiers.notifier import Following
from workflows.notifiers.safe_post import SafePost
from workflows.states import JobStatus

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
EVERY_CHAT = pytest.mark.parametrize("kind", REPLIES)
SLACK = pytest.mark.parametrize("kind", ["slack"])
CAPABILITY = "cap4b1l1ty"


@pytest.fixture
def service(kind):
    with served(REPLIES[kind]()) as found:
        yield found


@pytest.fixture
def deliver(app, settings, hook_url):
    """Return a function that tells what has happened, as a Celery worker does."""
    backend = app.extensions["clusterwright"]

    def run(listed=LOOPBACK):
        deliverer = Deliverer(
            backend.ledger,
            backend.deliveries,
            backend.receiver_files,
            NOTIFIERS,
            SafePost(listed, seconds=5),
            hook_url.removesuffix("/v1/hooks/sender"),
            secrets_of=lambda source: secrets_of(settings.data_dir, source),
            following_of=FollowerFiles(settings.data_dir).read,
        )
        backend.deliveries.hand_out("test:queue", "t")
        return deliverer.run("t")

    return run


@pytest.fixture
def chat(open_chat, kind, service):
    """A chat in which jobs are asked for; nobody tells of them yet."""
    chat = open_chat(kind)
    chat.reply_to = service.address()
    return chat


@pytest.fixture
def team(chat, client, service):
    """The same, of which somebody has said that it is told by such addresses."""
    asked = {
        "name": "team",
        "notifier": f"{chat.kind}-replies",
        "url": service.url,
        "settings": {"source": "sender"},
    }
    answer = client.post("/v1/subscriptions", json=asked)
    assert answer.status_code == 201, answer.text
    return chat


def kept(settings):
    """Return every file in which somebody follows a job."""
    folder = settings.data_dir / "receivers" / ".followers"
    return list(folder.iterdir()) if folder.exists() else []


def plainly(service, place=-1):
    return service.text(service.posted[place]).replace("\\", "")


@EVERY_CHAT
def test_a_change_typed_in_a_chat_is_told_there_at_its_end_and_not_before(
    team, service, deliver, ledger
):
    team.ask("verify prod")
    job = newest(ledger)
    deliver()
    assert service.posted == [], "the answer has said so already"

    Steps(ledger, job.id).finish()
    deliver()

    (message,) = service.posted
    assert "verify prod: succeeded" in plainly(service)
    assert f"/jobs/{job.id}" in plainly(service)
    assert message["response_type"] == "in_channel"


@EVERY_CHAT
def test_a_job_that_waited_for_somebody_and_then_failed_is_told_with_buttons(
    team, service, deliver, ledger, client
):
    apply(client, rules(team.kind, limits=APPROVAL))
    team.ask("add worker n2 to prod")
    job = newest(ledger)
    team.reply_to = ""  # whoever agrees does so elsewhere
    assert deliver()
    team.ask(f"approve {job.id[:8]}", by=BOB)
    deliver()
    steps = Steps(ledger, job.id)
    steps.begin()
    steps.fail()
    deliver()

    assert ledger.job(job.id).status is JobStatus.FAILED
    assert "running" in plainly(service, 0)
    assert "approved by bob" in plainly(service, 0)
    assert "cannot do it: no" in plainly(service)
    assert sorted(service.buttons(service.posted[-1])) == ["retry", "rollback"]
    assert (len(service.posted), service.refused) == (2, 0)


@SLACK
def test_a_press_is_followed_by_what_takes_the_place_of_its_message(team, service, deliver, ledger):
    team.ask("verify prod")
    job = newest(ledger)
    steps = Steps(ledger, job.id)
    steps.begin()
    steps.fail()
    deliver()
    button = service.buttons(service.posted[-1])["retry"]
    team.reply_to = service.address()

    for _ in range(3):  # it is delivered again and again
        team.answered(team.send(team.pressed(button, number=7)))
    deliver()
    assert "running" in plainly(service)
    assert service.posted[-1]["replace_original"] is True
    Steps(ledger, job.id).finish()
    deliver()

    assert "succeeded" in plainly(service)
    assert [len(rows) for rows in service.got.values()] == [1, 2]


@SLACK
def test_a_job_that_a_rule_asks_for_is_told_to_whoever_typed_the_command(
    team, service, deliver, ledger, client
):
    rule = """rules:
  - name: verify
    source: sender
    types: [slash_command]
    change: {kind: verify, cluster: prod}
"""
    apply(client, rules(team.kind) + rule)
    team.ask("anything")
    Steps(ledger, newest(ledger).id).finish()
    deliver()

    (message,) = service.posted
    assert "verify prod: succeeded" in plainly(service)
    assert message["response_type"] == "ephemeral"


@EVERY_CHAT
def test_the_address_stands_in_one_file_and_nowhere_else(
    team, service, deliver, ledger, client, redis, settings, written, records
):
    team.ask("verify prod")
    job = newest(ledger)
    service.made.clear()  # the chat knows the address no more
    Steps(ledger, job.id).finish()
    deliver()

    (file,) = kept(settings)
    assert CAPABILITY in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    deliveries = client.get("/v1/subscriptions/team/deliveries").json
    answers = [client.get(path).json for path in (f"/v1/jobs/{job.id}", "/v1/subscriptions")]
    told = json.dumps([deliveries, *answers, records()]) + "\n".join(written)
    assert "used up or over" in told
    assert CAPABILITY not in told
    for key in redis.keys("*"):
        assert CAPABILITY.encode() not in redis.dump(key)
    others = [path for path in settings.data_dir.rglob("*") if path.is_file() and path != file]
    assert not any(CAPABILITY.encode() in path.read_bytes() for path in others)


@SLACK
def test_no_address_is_kept_where_nobody_is_told_by_it_and_none_of_who_only_looks(
    chat, client, settings, service, ledger
):
    chat.ask("verify prod")
    assert kept(settings) == []
    asked = {"name": "team", "notifier": "slack-replies", "url": service.url}
    made = client.post("/v1/subscriptions", json=asked | {"settings": {"source": "sender"}})
    assert made.status_code == 201, made.text

    chat.ask(f"watch {newest(ledger).id[:8]}")
    chat.ask("status prod")
    chat.ask("plan verify prod")

    assert kept(settings) == []


@SLACK
def test_an_address_in_a_network_that_nobody_has_listed_is_not_written_to(
    team, service, deliver, ledger, client
):
    team.ask("verify prod")
    Steps(ledger, newest(ledger).id).finish()

    deliver(listed=())

    assert service.requests == []
    (row,) = client.get("/v1/subscriptions/team/deliveries?state=waiting").json["deliveries"]
    assert "is not public" in row["error"]
    assert row["state"] == DeliveryState.WAITING


def test_a_setting_that_such_a_chat_does_not_have_is_refused(client):
    asked = {"name": "team", "notifier": "slack-replies", "url": "https://hooks.slack.com"}

    answer = client.post("/v1/subscriptions", json=asked | {"settings": {"channel": "C1"}})

    assert answer.status_code == 422
    assert "has the settings source" in answer.text


@pytest.fixture
def files(settings):
    return FollowerFiles(settings.data_dir)


def follower(url="https://hooks.slack.com/commands/1", *, at=0.0, **more):
    return Following(url, time.time() - at, "sender", **{"channel": "C1"} | more)


def test_a_follower_is_kept_for_half_an_hour_and_removed_then(files, settings, monkeypatch):
    assert files.keep("a" * 32, follower(at=follower_files.GOOD_SECONDS - 60))
    assert files.read("a" * 32).source == "sender"
    assert files.keep("b" * 32, follower(at=follower_files.GOOD_SECONDS + 1))

    assert files.read("b" * 32) is None
    assert [file.name for file in kept(settings)] == ["a" * 32]
    now = time.time() + follower_files.GOOD_SECONDS + 60
    monkeypatch.setattr(follower_files.time, "time", lambda: now)
    assert files.keep("c" * 32, follower())
    assert [file.name for file in kept(settings)] == ["c" * 32]


def test_the_newest_of_a_channel_follows_and_nobody_takes_anothers_place(files):
    first = follower(said="waits for a person")
    files.keep("a" * 32, first)

    assert not files.keep("a" * 32, follower("https://hooks.slack.com/2", channel="C2"))
    assert files.read("a" * 32).id == first.id
    assert files.keep("a" * 32, follower(said="under way"))
    assert files.read("a" * 32).said == "waits for a person", "the same request came again"
    assert files.keep("a" * 32, follower("https://hooks.slack.com/3"))
    assert files.read("a" * 32).id != first.id


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"url": 1}', '{"url": 1, "at": "x", "source": 2}']
)
def test_a_file_that_makes_no_sense_is_nobody(files, settings, content):
    files.keep("a" * 32, follower())
    kept(settings)[0].write_text(content)

    assert files.read("a" * 32) is None
