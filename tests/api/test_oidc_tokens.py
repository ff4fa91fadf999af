"""Which tokens of an issuer are believed, and when the issuer is asked for its keys."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from joserfc.jwk import RSAKey
from oidc_issuer import running_issuer

from api.oidc.people import People
from api.oidc.person import looks_like_one
from api.oidc.refusals import IssuerSilent, NotBelieved

NOW = int(time.time())
DAY = 24 * 3600


@pytest.fixture
def issuer(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_issuer() as found:
        yield found


class Ticks:
    """A clock that a test turns on."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def ticks():
    return Ticks()


@pytest.fixture
def people(issuer, ticks):
    return People(issuer.settings(), ticks=ticks)


def keys_asked(issuer):
    return issuer.asked["/keys"]


def signed_by_hand(header, claims, sign):
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in (header, claims)
    ]
    message = b".".join(parts)
    return b".".join([message, base64.urlsafe_b64encode(sign(message)).rstrip(b"=")]).decode()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_token_of_the_issuer_tells_who_somebody_is(issuer, people, algorithm):
    issuer.rotate(algorithm)

    person = people.bearer(issuer.sign({"groups": ["ops", "strangers"]}))

    assert (person.id, person.name, person.groups) == ("oidc:alice-1", "alice", ("ops",))


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://elsewhere.example"}, "claim iss"),
        ({"iss": None}, "no claim iss"),
        ({"aud": "another-api"}, "claim aud"),
        ({"aud": ["a", "b"]}, "claim aud"),
        ({"aud": None}, "no claim aud"),
        ({"exp": NOW - 3600}, "has ended"),
        ({"exp": None}, "no claim exp"),
        ({"exp": "tomorrow"}, "claim exp"),
        ({"nbf": NOW + 3600}, "claim nbf"),
        ({"iat": NOW + 3600}, "claim iat"),
        ({"iat": None}, "no claim iat"),
        ({"sub": None}, "no claim sub"),
        ({"sub": ""}, "claim sub"),
        ({"sub": "x" * 300}, "claim sub"),
        ({"sub": "a\nb"}, "claim sub"),
    ],
)
def test_a_claim_that_is_not_as_it_has_to_be_is_told(issuer, people, claims, why):
    with pytest.raises(NotBelieved, match=why):
        people.bearer(issuer.sign(claims))


def test_an_audience_among_several_is_enough(issuer, people):
    assert people.bearer(issuer.sign({"aud": ["other", "clusterwright-api"]}))


def test_clocks_may_be_half_a_minute_apart(issuer, people):
    now = int(time.time())

    assert people.bearer(issuer.sign({"iat": now + 20, "nbf": now + 20}))


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "HS512", "ES256K"])
def test_nobody_signs_with_what_the_issuer_publishes_or_with_nothing(issuer, people, algorithm):
    claims = json.loads(base64.urlsafe_b64decode(issuer.sign().split(".")[1] + "=="))
    public = issuer.key.as_pem(private=False)
    digest = {"HS512": hashlib.sha512}.get(algorithm, hashlib.sha256)
    token = signed_by_hand(
        {"alg": algorithm, "kid": issuer.kid},
        claims,
        lambda message: hmac.new(public, message, digest).digest(),
    )

    with pytest.raises(NotBelieved, match="signed by none of RS256"):
        people.bearer(token)


def test_a_key_for_one_algorithm_is_used_for_no_other(issuer, people):
    issuer.rotate("ES256", "same")
    token = issuer.sign()
    issuer.rotate("RS256", "same")

    with pytest.raises(NotBelieved):
        people.bearer(token)


def test_a_token_of_another_key_with_the_same_name_is_refused(issuer, people):
    assert people.bearer(issuer.sign())
    issuer.keys = {issuer.kid: RSAKey.generate_key(2048, {"kid": issuer.kid})}

    with pytest.raises(NotBelieved, match="signature does not fit"):
        people.bearer(issuer.sign())


def test_a_changed_claim_breaks_the_signature(issuer, people):
    head, claims, signature = issuer.sign().split(".")
    other = issuer.sign({"groups": ["owners"]}).split(".")[1]

    assert people.bearer(f"{head}.{claims}.{signature}")
    with pytest.raises(NotBelieved, match="signature does not fit"):
        people.bearer(f"{head}.{other}.{signature}")


def test_without_the_name_of_a_key_the_only_one_that_fits_is_meant(issuer, people, ticks):
    assert people.bearer(issuer.sign(kid=None))
    issuer.keys["other"] = RSAKey.generate_key(2048, {"kid": "other"})
    ticks.now += 3601

    with pytest.raises(NotBelieved, match="does not say with which"):
        people.bearer(issuer.sign(kid=None))


@pytest.mark.parametrize("kind", ["logout+jwt", "dpop+jwt"])
def test_a_token_for_another_purpose_is_refused(issuer, people, kind):
    with pytest.raises(NotBelieved, match="not for asking an API"):
        people.bearer(issuer.sign(typ=kind))


@pytest.mark.parametrize(
    "token", ["a.b.c", "e30.e30.e30", "x" * 9000 + ".b.c", "bnVsbA.e30.e30", "WzFd.e30.e30"]
)
def test_what_only_looks_like_a_token_is_refused_and_the_issuer_is_not_asked(issuer, people, token):
    assert looks_like_one(token)
    with pytest.raises(NotBelieved):
        people.bearer(token)
    assert keys_asked(issuer) == 0


def test_a_key_that_nobody_knows_has_the_issuer_asked_once(issuer, people, ticks):
    assert people.bearer(issuer.sign())
    ticks.now += 31
    issuer.rotate("RS256")

    assert people.bearer(issuer.sign())
    assert people.bearer(issuer.sign())

    assert keys_asked(issuer) == 2


def test_who_makes_up_keys_does_not_have_the_issuer_asked_again_and_again(issuer, people):
    people.bearer(issuer.sign())

    for number in range(20):
        with pytest.raises(NotBelieved, match="does not publish"):
            people.bearer(issuer.sign(kid=f"made-up-{number}"))

    assert keys_asked(issuer) == 1


def test_a_key_that_is_withdrawn_is_good_for_an_hour_at_most(issuer, people, ticks):
    token = issuer.sign()
    assert people.bearer(token)
    issuer.rotate("RS256")
    assert people.bearer(token)
    ticks.now += 3601

    with pytest.raises(NotBelieved, match="does not publish"):
        people.bearer(token)


def test_while_the_issuer_is_down_known_keys_stay_good_for_a_day(issuer, people, ticks):
    assert people.bearer(issuer.sign())
    issuer.status = 503
    ticks.now = DAY - 60

    assert people.bearer(issuer.sign())
    assert people.bearer(issuer.sign())
    assert issuer.asked["/.well-known/openid-configuration"] == 2
    ticks.now = DAY + 60

    with pytest.raises(IssuerSilent, match="cannot ask http"):
        people.bearer(issuer.sign())


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ({"issuer": "https://elsewhere.example"}, "it calls itself 'https://elsewhere.example'"),
        ({"jwks_uri": "http://elsewhere.example/keys"}, "jwks_uri is 'http://elsewhere"),
        ({"token_endpoint": None}, "token_endpoint is 'None'"),
    ],
)
def test_an_issuer_that_says_something_else_of_itself_is_not_believed(
    issuer, people, says, told, caplog
):
    issuer.says = says

    with pytest.raises(IssuerSilent):
        people.bearer(issuer.sign())
    assert told in caplog.text


def test_a_shared_secret_among_the_keys_is_no_key(issuer, people, caplog):
    token = issuer.sign()
    issuer.publishes = [{"kty": "oct", "k": "a2tra2tra2tra2tr", "kid": issuer.kid}]

    with pytest.raises(IssuerSilent):
        people.bearer(token)
    assert "there is none of RSA, EC or OKP" in caplog.text


def test_a_key_of_no_use_spoils_no_other(issuer, people):
    public = issuer.key.as_dict(private=False)
    issuer.publishes = [{"kty": "RSA", "n": 7}, {"kty": "AKP"}, "key", public]

    assert people.bearer(issuer.sign())


@pytest.mark.parametrize("body", [b"[]", b"{", b"x" * 600_000])
def test_an_answer_that_is_no_document_is_not_believed(issuer, people, body, caplog):
    issuer.body = body

    with pytest.raises(IssuerSilent):
        people.bearer(issuer.sign())
    assert "its answer is" in caplog.text


@pytest.mark.parametrize("groups", [None, 7, {"ops": True}, [["ops"]], "opsx"])
def test_a_claim_that_names_no_group_of_ours_gives_nothing(issuer, people, groups):
    assert people.bearer(issuer.sign({"groups": groups})).groups == ()


def test_groups_may_stand_inside_another_claim(issuer):
    people = People(issuer.settings(groups_claim="realm_access.roles"))

    person = people.bearer(issuer.sign({"realm_access": {"roles": ["board"]}}))

    assert person.groups == ("board",)


def test_a_name_is_short_and_steers_no_terminal(issuer, people):
    name = people.bearer(issuer.sign({"preferred_username": "\x1b[31m" + "a" * 500})).name

    assert name.isprintable()
    assert len(name) <= 80
