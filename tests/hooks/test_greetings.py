"""Requests that only ask whether somebody is there are answered as their senders want it."""

import json

import pytest
from signed_requests import (
    SECRETS,
    SIGNED,
    Request,
    discord,
    github,
    hexed,
    slack,
)

from workflows.hooks.received import Unreadable, Unsigned
from workflows.hooks.sources import SOURCES

NOW = 1_700_000_000.0
GREETING = {"discord", "github", "glpi", "slack"}
VERIFICATION = json.dumps(
    {"token": "old", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd", "type": "url_verification"}
).encode()
ASKING = {
    "slack": lambda secret: slack(secret, NOW, VERIFICATION, "application/json"),
    "discord": lambda secret: discord(secret, NOW, b'{"type":1,"id":"1","token":"t"}'),
    "github": lambda secret: github(secret, NOW, b'{"zen":"Keep it","hook_id":1}', "ping"),
}
ANSWERS = {
    "slack": {"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd"},
    "discord": {"type": 1},
    "github": {"message": "pong"},
}


def challenged(token, secrets):
    return SOURCES["glpi"].greet(
        Request({}, b"", "GET", {"crc_token": token}).received(NOW), secrets
    )


@pytest.mark.parametrize("name", ASKING)
def test_a_signed_greeting_is_answered(name):
    first, second, _ = SECRETS[name]

    for secret in (first, second):
        reply = SOURCES[name].greet(ASKING[name](secret).received(NOW), [first, second])
        assert (reply.status, reply.body) == (200, ANSWERS[name])


@pytest.mark.parametrize("name", ASKING)
def test_a_greeting_that_is_not_signed_is_refused(name):
    first, second, unknown = SECRETS[name]

    with pytest.raises(Unsigned):
        SOURCES[name].greet(ASKING[name](unknown).received(NOW), [first, second])


@pytest.mark.parametrize("name", sorted(SOURCES.keys() - GREETING))
def test_the_others_have_no_greeting(name):
    bare = Request({}, b"", "GET", {"crc_token": "abc"}).received(NOW)

    assert SOURCES[name].greet(bare, SECRETS[name]) is None


def test_a_message_that_speaks_of_verification_is_no_greeting():
    secret = SECRETS["slack"][0]
    body = b"command=%2Fcluster&text=url_verification&trigger_id=1"

    assert SOURCES["slack"].greet(slack(secret, NOW, body).received(NOW), [secret]) is None


@pytest.mark.parametrize("body", [b"{", b'{"type":"url_verification"}', b'["url_verification"]'])
def test_a_greeting_without_sense_is_none_and_no_event(body):
    secret = SECRETS["slack"][0]
    received = slack(secret, NOW, body).received(NOW)

    assert SOURCES["slack"].greet(received, [secret]) is None
    with pytest.raises(Unreadable):
        SOURCES["slack"].translate(received)


def test_the_challenge_of_glpi_is_answered_with_the_secret_that_it_was_made_with():
    old, new, unknown = b"old-secret", b"new-secret", b"unknown"

    for secret in (old, new):
        token = hexed(secret, b"validate_cra_challenge")
        assert challenged(token, [old, new]).body == hexed(secret, token.encode())
    token = hexed(unknown, b"validate_cra_challenge")
    assert challenged(token, [b"", old, new]).body == hexed(old, token.encode())


def test_nobody_has_a_document_of_his_own_signed_by_way_of_the_challenge():
    secret = SECRETS["glpi"][0]
    document = SIGNED["glpi"](secret, NOW).body.decode() + "1700000000"

    for token in (document, "", "a b", "a" * 129, "\u0661", "abc\n", '{"event":"new"}1'):
        with pytest.raises(Unsigned, match=r"^cannot"):
            challenged(token, [secret])


def test_a_challenge_without_any_secret_is_refused():
    for none in ([], [b""]):
        with pytest.raises(Unsigned, match="no secret"):
            challenged("abc", none)
