"""What holds for every kind of sender: who has signed is known, and nobody else is believed."""

from dataclasses import replace

import pytest
from signed_requests import (
    ALSO_SIGNED,
    SECRETS,
    SIGNED,
    SIGNING_TOKENS,
    cloudevents_signed,
    gitlab_signed,
)

from workflows.hooks.received import Unsigned
from workflows.hooks.sources import SOURCES

NOW = 1_700_000_000.75
WAYS = [
    *((name, sign, SECRETS[name]) for name, sign in SIGNED.items()),
    *((name, sign, SECRETS[name]) for name, ways in ALSO_SIGNED.items() for sign in ways),
    ("gitlab", gitlab_signed, SIGNING_TOKENS),
    ("cloudevents", cloudevents_signed, SIGNING_TOKENS),
]
IDS = [f"{name}, {sign.__name__}" for name, sign, _ in WAYS]
IDS_OF_HMACS = [each for each in IDS if not each.startswith("discord")]
STAMPED = [
    pytest.param(name, header, seconds, id=f"{name}, {header}")
    for name, header, seconds in [
        ("slack", "x-slack-request-timestamp", 300),
        ("discord", "x-signature-timestamp", 300),
        ("glpi", "x-glpi-timestamp", 86400),
        ("zendesk", "x-zendesk-webhook-signature-timestamp", 300),
        ("grafana", "x-grafana-alerting-timestamp", 300),
        ("standard-webhooks", "webhook-timestamp", 300),
    ]
]
UNSIGNED_BODY = {
    "alertmanager, alertmanager",
    "alertmanager, with_password",
    "cloudevents, cloudevents",
    "cloudevents, cloudevents_batch",
    "cloudevents, cloudevents_binary",
    "generic, generic_bearer",
    "gitlab, gitlab",
    "grafana, alertmanager",
    "grafana, with_password",
    "jira, jira_automation",
    "mattermost, mattermost",
    "mattermost, mattermost_press",
    "servicenow, servicenow",
}
"""Ways in which a secret is shown, or less than the body is signed."""
SIGNED_WAYS = [
    pytest.param(*way, id=name)
    for way, name in zip(WAYS, IDS, strict=True)
    if name not in UNSIGNED_BODY
]
every_way = pytest.mark.parametrize(("name", "sign", "secrets"), WAYS, ids=IDS)


def test_there_is_a_signed_request_of_every_source_and_of_nothing_else():
    assert SIGNED.keys() == SOURCES.keys() == SECRETS.keys()


@every_way
def test_a_request_is_verified_and_tells_of_events_with_names(name, sign, secrets):
    source = SOURCES[name]
    received = sign(secrets[0], NOW).received(NOW)

    assert source.verify(received, secrets[:1]) == 0
    assert source.greet(received, secrets[:1]) is None
    events = source.translate(received)
    names = [source.key(received, event) for event in events]
    assert all(event.type for event in events)
    assert events
    assert all(names)
    assert len(set(names)) == len(names)


@every_way
def test_which_of_two_secrets_has_signed_is_told(name, sign, secrets):
    verify = SOURCES[name].verify

    assert verify(sign(secrets[0], NOW).received(NOW), secrets[:2]) == 0
    assert verify(sign(secrets[1], NOW).received(NOW), secrets[:2]) == 1


@every_way
def test_a_wrong_secret_is_refused_without_a_word_of_any(name, sign, secrets):
    received = sign(secrets[2], NOW).received(NOW)

    with pytest.raises(Unsigned, match=r"^cannot") as refused:
        SOURCES[name].verify(received, secrets[:2])

    assert not [each for each in secrets if each.decode() in str(refused.value)]


@every_way
def test_nobody_is_believed_where_there_is_no_secret_or_an_empty_one(name, sign, secrets):
    received = sign(secrets[0], NOW).received(NOW)

    for none in ([], [b""], [b"", b""]):
        with pytest.raises(Unsigned):
            SOURCES[name].verify(received, none)


@pytest.mark.parametrize(
    ("name", "sign"), [way[:2] for way in WAYS if way[0] != "discord"], ids=IDS_OF_HMACS
)
def test_whoever_signs_with_nothing_fits_no_secret_that_is_empty(name, sign):
    received = sign(b"", NOW).received(NOW)

    with pytest.raises(Unsigned):
        SOURCES[name].verify(received, [b"", b""])


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("teams", SIGNED["teams"]),
        ("standard-webhooks", SIGNED["standard-webhooks"]),
        ("gitlab", gitlab_signed),
        ("cloudevents", cloudevents_signed),
    ],
)
@pytest.mark.parametrize("secret", [b"whsec_", b"no base64!", b"whsec_\xff", b"=", b"a"])
def test_whoever_signs_with_nothing_fits_no_secret_that_is_no_key(name, sign, secret):
    received = sign(b"", NOW).received(NOW)

    with pytest.raises(Unsigned):
        SOURCES[name].verify(received, [secret])


@every_way
def test_an_empty_secret_beside_a_good_one_leaves_its_place(name, sign, secrets):
    received = sign(secrets[0], NOW).received(NOW)

    assert SOURCES[name].verify(received, [b"", secrets[0]]) == 1


@every_way
def test_a_request_without_its_headers_is_refused(name, sign, secrets):
    received = sign(secrets[0], NOW).received(NOW)
    bare = replace(received, headers={"content-type": received.header("content-type")})
    if name == "mattermost" and sign.__name__ == "mattermost_press":
        bare = replace(bare, body=b'{"context":{"job":"job-1"}}')

    with pytest.raises(Unsigned, match=r"^cannot"):
        SOURCES[name].verify(bare, secrets[:2])


@pytest.mark.parametrize(("name", "sign", "secrets"), SIGNED_WAYS)
def test_another_body_than_the_signed_one_is_refused(name, sign, secrets):
    received = sign(secrets[0], NOW).received(NOW)
    changed = received.body.replace(b"1", b"2", 1)
    assert changed != received.body

    with pytest.raises(Unsigned):
        SOURCES[name].verify(replace(received, body=changed), secrets[:2])


@every_way
def test_the_same_request_later_has_the_same_name_and_another_has_another(name, sign, secrets):
    source = SOURCES[name]
    first = sign(secrets[0], NOW)
    now, later = first.received(NOW), first.received(NOW + 60)
    other = sign(secrets[0], NOW + 60).received(NOW + 60)

    def names(received):
        return [source.key(received, event) for event in source.translate(received)]

    assert names(now) == names(later)
    if sign.__name__ != "jira_automation":
        assert not {*names(now)} & {*names(other)}


@pytest.mark.parametrize(("name", "header", "seconds"), STAMPED)
def test_what_is_too_old_or_lies_ahead_is_refused(name, header, seconds):
    secrets = SECRETS[name]
    request = SIGNED[name](secrets[0], NOW)
    verify = SOURCES[name].verify

    for late in (-299, seconds - 1):
        assert verify(request.received(int(NOW) + late), secrets) == 0
    for late, words in ((-302, "ahead"), (seconds + 2, "old")):
        with pytest.raises(Unsigned, match=words):
            verify(request.received(int(NOW) + late), secrets)


@pytest.mark.parametrize(("name", "header", "seconds"), STAMPED)
@pytest.mark.parametrize(
    "stamp",
    [
        "1700000001",
        "1700000000.5",
        "1.2.3",
        "1e9",
        "-1",
        "9" * 400,
        "nan",
        "\u0661\u0662",
        "1700000000, 1",
        "2023-99-99T00:00:00Z",
    ],
)
def test_another_timestamp_than_the_signed_one_is_refused(name, header, seconds, stamp):
    secrets = SECRETS[name]
    received = SIGNED[name](secrets[0], NOW).received(NOW, **{header: stamp})

    with pytest.raises(Unsigned, match=r"^cannot"):
        SOURCES[name].verify(received, secrets)


@pytest.mark.parametrize(("name", "header", "seconds"), STAMPED)
def test_a_timestamp_that_was_signed_cannot_be_left_out(name, header, seconds):
    secrets = SECRETS[name]
    received = SIGNED[name](secrets[0], NOW).received(NOW, **{header: None})

    with pytest.raises(Unsigned, match=r"^cannot"):
        SOURCES[name].verify(received, secrets)
