"""Senders of CloudEvents ask by OPTIONS whether they may send, and are told how much."""

from dataclasses import replace

import pytest
from hook_rules import apply, rule_text

from api.app import create_app
from workflows.process.limit_settings import Limit, Limits

HOOK = "/v1/hooks/sender"
ORIGIN = {"WebHook-Request-Origin": "events.example.org"}


@pytest.fixture
def sender(client):
    apply(client, rule_text("cloudevents"))


def told(answer):
    return {
        name.removeprefix("WebHook-Allowed-"): value
        for name, value in answer.headers.items()
        if name.startswith("WebHook-")
    }


@pytest.mark.parametrize(
    ("limit", "asked", "rate"),
    [
        (Limit(10, 1), "", "600"),
        (Limit(10, 1), "120", "120"),
        (Limit(10, 1), "99999", "600"),
        (Limit(10, 1), "many", "600"),
        (Limit(10, 3600), "", "1"),
        (None, "", "*"),
        (None, "120", "120"),
    ],
)
def test_who_asks_may_send_and_is_told_how_many_requests_a_minute(
    settings, redis, sender, limit, asked, rate
):
    app = create_app(replace(settings, limits=Limits(hook=limit)))

    headers = ORIGIN | {"WebHook-Request-Rate": asked}
    answer = app.test_client().options(HOOK, headers=headers)
    app.extensions["clusterwright"].close()

    assert (answer.status_code, answer.data) == (200, b"")
    assert "POST" in answer.headers["Allow"]
    assert told(answer) == {"Origin": "events.example.org", "Rate": rate}


@pytest.mark.parametrize("origin", [None, "", "a b", "x" * 254, "<script>", "é"])
def test_who_names_no_origin_is_told_of_none(anonymous, sender, origin):
    headers = {} if origin is None else {"WebHook-Request-Origin": origin.encode().decode("latin1")}

    answer = anonymous.options(HOOK, headers=headers)

    assert (answer.status_code, told(answer)) == (200, {})


@pytest.mark.parametrize("kind", ["github", "generic", "standard-webhooks"])
def test_other_kinds_of_senders_are_told_of_no_origin(client, anonymous, kind):
    apply(client, rule_text(kind))

    answer = anonymous.options(HOOK, headers=ORIGIN)

    assert (answer.status_code, told(answer)) == (200, {})


def test_a_sender_that_no_rule_file_names_is_not_found(anonymous, sender):
    assert anonymous.options("/v1/hooks/nobody", headers=ORIGIN).status_code == 404


def test_consent_lets_nobody_in(anonymous, sender):
    anonymous.options(HOOK, headers=ORIGIN)

    assert anonymous.post(HOOK, headers=ORIGIN, json={}).status_code == 401
