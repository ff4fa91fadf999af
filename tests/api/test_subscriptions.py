"""Subscriptions over HTTP: who is told, what was answered, and what anybody may see of it."""

import ipaddress
import json
import re
import stat
from dataclasses import replace

import pytest
from api_requests import CHANGES, change
from jsonschema import Draft202012Validator
from receiver import Reply, receiving
from standardwebhooks import Webhook, WebhookVerificationError

from workflows.deliveries.deliverer import Deliverer
from workflows.deliveries.store import MOST_SUBSCRIPTIONS
from workflows.notifiers.known import NOTIFIERS
from workflows.notifiers.safe_post import SafePost

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
PATH = "/v1/subscriptions"
URL = "https://board.example.org/hooks/s3cr3t-in-the-path"
WISH = {"name": "board", "url": URL}


@pytest.fixture
def settings(settings):
    return replace(settings, receiver_networks=LOOPBACK)


@pytest.fixture
def receiver():
    with receiving() as found:
        yield found


@pytest.fixture
def added(client, receiver):
    """Return a function that adds a subscription of the local receiver."""

    def add(**wish):
        answer = client.post(PATH, json={"name": "board", "url": receiver.url} | wish)
        assert answer.status_code == 201, answer.text
        return answer.json

    return add


@pytest.fixture
def deliver(app):
    """Return a function that sends what is due, as a Celery worker does."""
    backend = app.extensions["clusterwright"]

    def run():
        backend.deliveries.hand_out("test:queue", "t")
        post = SafePost(LOOPBACK, seconds=5)
        files = backend.receiver_files
        return Deliverer(backend.ledger, backend.deliveries, files, NOTIFIERS, post).run("t")

    return run


def problem(answer):
    return answer.status_code, answer.json["type"].removeprefix("/problems/")


def test_a_subscription_is_told_of_what_happens_from_then_on(
    added, client, receiver, deliver, ledger
):
    made = added(events=["job.accepted"])
    job = client.post(CHANGES, json=change()).json["id"]
    deliver()

    (got,) = receiver.got
    event = Webhook(made["secret"]).verify(got.body, got.headers)
    assert event["subject"] == f"jobs/{job}"
    listed = client.get(f"{PATH}/board/deliveries").json["deliveries"]
    assert [(row["type"], row["state"], row["attempts"]) for row in listed] == [
        ("job.accepted", "done", 1)
    ]
    assert listed[0]["id"] == got.headers["webhook-id"]
    assert listed[0]["links"]["job"] == f"/v1/jobs/{job}"


@pytest.mark.parametrize("form", ["cloudevents", "standard"])
def test_what_is_sent_is_what_the_description_says(added, client, receiver, deliver, ledger, form):
    document = client.get("/openapi.json").json
    described = document["webhooks"]["event"]["post"]
    added(settings={"body": form})
    client.post(CHANGES, json=change())
    deliver()
    client.post(f"{PATH}/board/test")

    assert len(receiver.got) == 3
    for got in receiver.got:
        schema = described["requestBody"]["content"][got.headers["content-type"]]["schema"]
        Draft202012Validator(schema).validate(json.loads(got.body))
        for header in described["parameters"]:
            if header["required"]:
                assert re.search(header["schema"]["pattern"], got.headers[header["name"]])


def test_the_secret_is_told_once_and_the_address_never(client, redis, settings, caplog):
    answer = client.post(PATH, json=WISH)
    assert answer.headers["Location"] == f"{PATH}/board"
    secret = answer.json["secret"]

    later = [
        client.get(PATH),
        client.get(f"{PATH}/board"),
        client.get(f"{PATH}/board/deliveries"),
        client.post(f"{PATH}/board/test"),
        client.get("/metrics"),
    ]

    texts = [answer.text for answer in later]
    texts += [redis.dump(key).decode("latin-1") for key in redis.keys("*")]
    texts += caplog.messages
    assert answer.json["receiver"] == "board.example.org"
    for hidden in (secret, "s3cr3t"):
        assert [text for text in texts if hidden in text] == []
    (file,) = (settings.data_dir / "receivers").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret in file.read_text()


def test_a_given_secret_is_not_told_back(client):
    answer = client.post(PATH, json=WISH | {"secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"})

    assert answer.json["secret"] is None


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"name": "Board"}, "/name"),
        ({"name": "../token"}, "/name"),
        ({"url": "ftp://board.example.org"}, "/url"),
        ({"url": "https://user:pass@board.example.org"}, "/url"),
        ({"url": "board.example.org"}, "/url"),
        ({"url": "https://board.example.org:99999/"}, "/url"),
        ({"url": ""}, "/url"),
        ({"notifier": "pigeon"}, "/notifier"),
        ({"notifier": "slack", "settings": {"chanel": "C1"}}, "/settings/chanel"),
        ({"notifier": "teams", "settings": {"source": "chat"}}, "/settings/source"),
        ({"notifier": "apprise", "url": "syslog://"}, "/url"),
        ({"clusters": "a*b*c*d*e*f"}, "/clusters"),
        ({"kinds": ["explode"]}, "/kinds/0"),
        ({"events": []}, "/events"),
        ({"events": ["token.made"]}, "/events/0"),
        ({"statuses": ["broken"]}, "/statuses/0"),
        ({"environments": ["moon"]}, "/environments/0"),
        ({"once": "yes"}, "/once"),
        ({"settings": {"body": "xml"}}, "/settings/body"),
        ({"settings": {"colour": "red"}}, "/settings/colour"),
        ({"colour": "red"}, "/colour"),
        ({"secret": "s3cr3t"}, "/secret"),
        ({"secret": "whsec_c2hvcnQ="}, "/secret"),
        ({"secret": "two words"}, "/secret"),
    ],
)
def test_a_fault_is_told_with_its_field_and_nothing_is_stored(
    client, redis, settings, wish, pointer
):
    answer = client.post(PATH, json=WISH | wish)

    assert problem(answer) == (422, "invalid-request")
    assert [row["pointer"] for row in answer.json["errors"]] == [pointer]
    assert not redis.exists("cw:subscriptions")
    assert not (settings.data_dir / "receivers").exists()


@pytest.mark.parametrize(
    ("secret", "status"),
    [("user-token app-token", 201), ("x", 201), (" padded", 422), ("two\nlines", 422)],
)
def test_a_receiver_with_two_secrets_has_a_blank_between_them(client, receiver, secret, status):
    wish = {"name": "desk", "notifier": "glpi", "url": receiver.url, "secret": secret}

    assert client.post(PATH, json=wish).status_code == status


def test_a_name_is_taken_once(added, client, receiver):
    added()

    answer = client.post(PATH, json={"name": "board", "url": receiver.url})

    assert problem(answer) == (409, "subscription-refused")
    assert "subscriptions remove board" in answer.json["detail"]


def test_so_many_are_kept_and_no_more(client, redis):
    redis.hset("cw:subscriptions", mapping={f"s{n}": "{}" for n in range(MOST_SUBSCRIPTIONS)})

    assert problem(client.post(PATH, json=WISH)) == (409, "subscription-refused")


def test_a_removed_subscription_is_gone_with_its_file(added, client, settings):
    added()

    assert client.delete(f"{PATH}/board").status_code == 204

    assert list((settings.data_dir / "receivers").iterdir()) == []
    assert problem(client.delete(f"{PATH}/board")) == (404, "subscription-not-found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("get", ""), ("get", "/deliveries"), ("post", "/test"), ("post", "/rotate")),
        *(("post", "/enable"), ("delete", "")),
    ],
)
def test_a_subscription_that_is_not_there_is_told(client, method, path):
    answer = client.open(f"{PATH}/nobody{path}", method=method)

    assert problem(answer) == (404, "subscription-not-found")


def test_a_test_event_is_sent_at_once_and_its_answer_told(added, client, receiver):
    made = added()

    good = client.post(f"{PATH}/board/test").json
    receiver.reply = Reply(503)
    bad = client.post(f"{PATH}/board/test").json

    assert (good["delivered"], good["status"], good["because"]) == (True, 204, "")
    assert (bad["delivered"], bad["status"]) == (False, 503)
    assert "answered 503" in bad["because"]
    got = receiver.got[0]
    assert Webhook(made["secret"]).verify(got.body, got.headers)["type"] == (
        "io.clusterwright.subscription.test"
    )
    assert client.get(f"{PATH}/board/deliveries").json["deliveries"] == []


def test_a_test_event_does_not_reach_a_private_address(app, client, receiver):
    backend = app.extensions["clusterwright"]
    app.extensions["clusterwright"] = replace(
        backend, settings=replace(backend.settings, receiver_networks=())
    )
    client.post(PATH, json={"name": "board", "url": receiver.url})

    answer = client.post(f"{PATH}/board/test").json

    assert (answer["delivered"], answer["status"]) == (False, None)
    assert "CLUSTERWRIGHT_RECEIVER_NETWORKS" in answer["because"]
    assert receiver.got == []


def test_while_a_secret_rotates_deliveries_are_signed_with_both(added, client, receiver):
    old = added()["secret"]

    new = client.post(f"{PATH}/board/rotate").json["secret"]
    client.post(f"{PATH}/board/test")
    newest = client.post(f"{PATH}/board/rotate", json={"overlap_hours": 0}).json["secret"]
    client.post(f"{PATH}/board/test")

    during, after = receiver.got
    for secret in (old, new):
        Webhook(secret).verify(during.body, during.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(after.body, after.headers)
    Webhook(newest).verify(after.body, after.headers)


def test_a_secret_that_nothing_can_be_signed_with_takes_no_place(added, client, receiver):
    secret = added()["secret"]

    answer = client.post(f"{PATH}/board/rotate", json={"secret": "s3cr3t", "overlap_hours": 0})
    client.post(f"{PATH}/board/test")

    assert problem(answer) == (422, "invalid-request")
    Webhook(secret).verify(receiver.got[0].body, receiver.got[0].headers)


def test_a_secret_that_is_made_elsewhere_is_not_made_here(added, client, settings):
    added(notifier="apprise", url="json://example.org", secret="made-there")
    file = settings.data_dir / "receivers" / "board"

    answer = client.post(f"{PATH}/board/rotate")
    assert problem(answer) == (422, "invalid-request")
    assert "made-there" in file.read_text()

    given = client.post(f"{PATH}/board/rotate", json={"secret": "newer"})
    assert given.json == {"secret": None, "overlap_hours": 24}
    assert "newer" in file.read_text()


def test_a_receiver_that_is_gone_is_shown_and_enabled_and_its_deliveries_replayed(
    added, client, receiver, deliver, ledger
):
    added(events=["job.accepted"])
    receiver.replies.append(Reply(410))
    client.post(CHANGES, json=change())
    deliver()

    shown = client.get(f"{PATH}/board").json
    assert (shown["state"], shown["dead"]) == ("disabled", 1)
    assert "410" in shown["because"]
    (dead,) = client.get(f"{PATH}/board/deliveries?state=dead").json["deliveries"]
    refused = client.post(f"/v1/deliveries/{dead['id']}/replay")
    assert problem(refused) == (409, "delivery-not-replayed")

    assert client.post(f"{PATH}/board/enable").json["state"] == "on"
    assert client.post(f"/v1/deliveries/{dead['id']}/replay").json["state"] == "waiting"
    deliver()
    assert (
        client.get(f"{PATH}/board/deliveries?state=done").json["deliveries"][0]["id"] == dead["id"]
    )
    assert problem(client.post("/v1/deliveries/msg_0/replay")) == (404, "delivery-not-found")


def test_an_address_that_was_lost_is_told(added, client, settings):
    added()
    (settings.data_dir / "receivers" / "board").unlink()

    answer = client.post(f"{PATH}/board/test")

    assert problem(answer) == (409, "receiver-lost")
    assert "subscriptions remove board" in answer.json["detail"]


def test_what_became_of_deliveries_is_counted(added, client, receiver, deliver, ledger):
    added(events=["job.accepted"])
    receiver.replies.append(Reply(500))
    client.post(CHANGES, json=change())
    deliver()

    text = client.get("/metrics").text

    assert 'clusterwright_deliveries_total{outcome="failed"} 1.0' in text
    assert 'clusterwright_deliveries_total{outcome="dead"} 0.0' in text


def test_an_operator_learns_nothing_of_receivers(app, client):
    made = client.post("/v1/tokens", json={"name": "ci", "roles": ["operator", "approver"]}).json
    other = app.test_client()
    other.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {made['token']}"

    assert problem(other.get(PATH)) == (403, "forbidden")
    assert problem(other.post(PATH, json=WISH)) == (403, "forbidden")
