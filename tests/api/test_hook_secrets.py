"""The secrets of those who send events: made, entered, replaced, and kept in a file."""

import pytest
from hook_rules import apply, rule_text
from signed_requests import SECRETS

from workflows.hooks import secrets


def test_while_a_secret_is_replaced_both_are_good_and_then_the_newest_alone(github, send, settings):
    made = github.post("/v1/hooks/sender/secrets")
    fresh = made.json["secret"].encode()
    assert made.status_code == 201
    assert made.json["secrets"] == 2
    assert send("github").status_code == send("github", secret=fresh).status_code == 202

    assert github.post("/v1/hooks/sender/secrets/retire").json == {"retired": 1}

    assert send("github").status_code == 401
    assert send("github", secret=fresh).status_code == 202
    [row] = github.get("/v1/hooks").json["hooks"]
    assert (row["name"], row["title"], row["secrets"]) == ("sender", "GitHub", 1)
    assert "secret" not in row


def test_a_secret_stands_in_a_file_that_its_owner_alone_reads_and_not_in_redis(
    github, redis, settings
):
    made = github.post("/v1/hooks/sender/secrets").json["secret"]

    file = secrets.file_of(settings.data_dir, "sender")
    assert made in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    kept = [redis.dump(key) for key in redis.scan_iter()]
    assert kept
    assert not any(made.encode() in str(text).encode() for text in kept)


@pytest.mark.parametrize("secret", ["", " ", "two\nlines", "x" * 513])
def test_what_can_be_no_secret_is_refused_with_its_field(github, secret):
    answer = github.post("/v1/hooks/sender/secrets", json={"secret": secret})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/secret"


@pytest.mark.parametrize("kind", ["discord", "teams", "standard-webhooks"])
def test_a_secret_of_another_form_than_its_senders_is_refused_since_nothing_could_fit_it(
    client, settings, kind
):
    apply(client, rule_text(kind))
    address = "/v1/hooks/sender/secrets"

    wrong = client.post(address, json={"secret": "what I have found there!"})
    right = client.post(address, json={"secret": f"{SECRETS[kind][0].decode()}\n"})

    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/secret")
    assert "enter the" in wrong.json["errors"][0]["detail"]
    assert (right.status_code, right.json["secrets"]) == (201, 1)


@pytest.mark.parametrize("kind", ["discord", "teams"])
def test_no_secret_is_made_for_a_sender_that_takes_none(client, settings, kind):
    apply(client, rule_text(kind))

    answer = client.post("/v1/hooks/sender/secrets")

    assert answer.status_code == 422
    assert "clusterwright hooks add-secret sender --from -" in answer.json["errors"][0]["detail"]
    assert secrets.secrets_of(settings.data_dir, "sender") == ()
