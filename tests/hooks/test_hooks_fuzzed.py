"""Whatever comes in, a source says who has sent it and what it tells, or that it cannot."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signed_requests import ALSO_SIGNED, SECRETS, SIGNED, SIGNING_TOKENS

from workflows.hooks.received import Event, Received, Reply, Unreadable, Unsigned
from workflows.hooks.sources import SOURCES

NOW = 1_700_000_000.0
NAMES = sorted(SOURCES)
WAYS = {name: [SIGNED[name], *ALSO_SIGNED.get(name, [])] for name in NAMES}
HEADERS = sorted(
    {
        header.lower()
        for name in NAMES
        for sign in WAYS[name]
        for header in sign(SECRETS[name][0], NOW).headers
    }
    | {"webhook-id", "webhook-timestamp", "webhook-signature", "x-forgejo-signature", "ce-id"}
    | {"ce-specversion", "ce-source", "ce-type", "ce-subject", "ce-Odd Name", "x-gitlab-event-uuid"}
)
VALUES = (
    st.sampled_from(
        [
            "",
            " ",
            ",",
            "v0=",
            "v1=,v1=",
            "v1,",
            "v1,=",
            "sha256=",
            "sha256=zz",
            "sha1=00, sha1=01",
            "Basic",
            "Basic Og==",
            "Basic :",
            "Bearer",
            "Bearer  ",
            "HMAC \u00e9",
            "Token x",
            "1.0",
            "1700000000",
            "1700000000, 1700000000",
            "1e400",
            "-0",
            "9" * 5000,
            "00" * 32,
            "00" * 64,
            "\u0661\u0662",
            "\ud800",
            "application/cloudevents+json",
            "application/cloudevents-batch+json",
            "application/json",
            "application/x-www-form-urlencoded",
            "text/plain",
            "ping",
            '"',
            "%",
            "%ff",
        ]
    )
    | st.text(max_size=30)
    | st.binary(max_size=30).map(lambda value: value.decode("latin-1"))
)
ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
WORDS = st.sampled_from(
    [
        "type",
        "event",
        "alerts",
        "status",
        "payload",
        "context",
        "id",
        "data",
        "item",
        "actions",
        "labels",
        "issue",
        "ticket",
        "challenge",
        "specversion",
        "source",
        "nonce",
        "expires",
    ]
)
ODD_DOCUMENTS = st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4)
)
BODIES = (
    st.binary(max_size=60)
    | ODD_DOCUMENTS.map(lambda document: json.dumps(document).encode())
    | st.dictionaries(WORDS, st.text(max_size=10)).map(
        lambda fields: "&".join(f"{name}={value}" for name, value in fields.items()).encode(
            errors="replace"
        )
    )
    | st.sampled_from(
        [b"payload=%7B", b"payload=%7B%7D", b"[" * 3000, b'{"type":1}', b"url_verification"]
    )
)
SECRETS_OF_ANY_KIND = st.lists(
    st.binary(max_size=40) | st.sampled_from([*SIGNING_TOKENS, b"whsec_", b"whsec_\xff", b"=" * 9]),
    max_size=3,
)
QUERIES = st.dictionaries(st.sampled_from(["crc_token", "other"]), st.text(max_size=20), max_size=2)
RECEIVED = st.builds(
    Received,
    st.dictionaries(st.sampled_from(HEADERS), VALUES, max_size=8),
    BODIES,
    st.just(NOW),
    QUERIES,
)
EVENTS = st.builds(Event, st.text(), ODD_DOCUMENTS, id=st.text())
FUZZED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def told(source, received):
    """Return the names of the events, having seen that each is fit to be kept."""
    names = []
    for event in source.translate(received):
        assert event.type
        json.dumps(event.data, allow_nan=False).encode()
        f"{event.type}{event.id}{event.subject}".encode()
        names.append(source.key(received, event))
    assert all(names)
    return names


def answer(ask, refusal):
    """Return what a question leads to, or the sentence with which it is refused."""
    try:
        return ask()
    except refusal as refused:
        return str(refused)


def is_sentence(said):
    return isinstance(said, str) and said.startswith("cannot") and len(said) < 500


@pytest.mark.parametrize("name", NAMES)
@FUZZED
@given(received=RECEIVED, secrets=SECRETS_OF_ANY_KIND)
def test_a_request_of_any_kind_is_refused_with_a_sentence_or_has_a_signer(name, received, secrets):
    source = SOURCES[name]

    signer = answer(lambda: source.verify(received, secrets), Unsigned)
    reply = answer(lambda: source.greet(received, secrets), Unsigned)

    assert is_sentence(signer) or secrets[signer]
    assert is_sentence(reply) or reply is None or isinstance(reply, Reply)


@pytest.mark.parametrize("name", NAMES)
@FUZZED
@given(received=RECEIVED, event=EVENTS)
def test_a_verified_request_of_any_kind_is_unreadable_or_tells_of_events(name, received, event):
    source = SOURCES[name]

    names = answer(lambda: told(source, received), Unreadable)

    assert is_sentence(names) or isinstance(names, list)
    assert source.key(received, event)


@pytest.mark.parametrize("name", NAMES)
@FUZZED
@given(data=st.data())
def test_a_good_request_with_one_odd_header_or_body_breaks_nothing(name, data):
    source, secrets = SOURCES[name], SECRETS[name][:2]
    good = data.draw(st.sampled_from(WAYS[name]))(secrets[0], NOW).received(NOW)
    header = data.draw(st.sampled_from(sorted(good.headers)))
    body = data.draw(st.just(good.body) | BODIES)
    odd = Received(dict(good.headers) | {header: data.draw(VALUES)}, body, NOW)

    reply = answer(lambda: source.greet(odd, secrets), Unsigned)
    signer = answer(lambda: source.verify(odd, secrets), Unsigned)
    names = answer(lambda: told(source, odd), Unreadable)

    assert is_sentence(reply) or reply is None or isinstance(reply, Reply)
    assert is_sentence(signer) or signer == 0
    assert is_sentence(names) or isinstance(names, list)
