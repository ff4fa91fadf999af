"""Whatever somebody sends, or the issuer signs, is somebody's token or is not believed."""

import base64
import json
import os
import time
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oidc_issuer import API, running_issuer

from api.oidc.people import People
from api.oidc.refusals import NotBelieved
from workflows.groups import BadGroups, GroupRoles, group_roles
from workflows.process.limit_settings import NAMES, BadLimits, Limit, Limits, limits_from_env

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
CLAIMS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("iss", "aud", "sub", "exp", "nbf", "iat", "groups", "email", "name", "typ"), JSON
    ),
)
HEADERS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("alg", "kid", "typ", "crit", "b64", "jwk", "x5c"), JSON)
)


@pytest.fixture(scope="module")
def issuer():
    kept = os.environ.get("NO_PROXY")
    os.environ["NO_PROXY"] = "127.0.0.1"
    with running_issuer() as found:
        yield found
    if kept is None:
        del os.environ["NO_PROXY"]
    else:
        os.environ["NO_PROXY"] = kept


@pytest.fixture(scope="module")
def people(issuer):
    found = People(issuer.settings())
    found.bearer(issuer.sign())
    return found


def bearer(people, token):
    """Return who brings a token; ``None`` for nobody, and any other error as it is."""
    try:
        return people.bearer(token)
    except NotBelieved:
        return None


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@settings(max_examples=150, deadline=None)
@given(claims=CLAIMS)
@example(claims={"exp": 10**400})
@example(claims={"iat": -(10**400)})
@example(claims={"sub": "\ud800"})
@example(claims={"exp": float("inf")})
def test_whatever_the_issuer_signs_is_somebody_of_ours_or_is_not_believed(issuer, people, claims):
    try:
        token = issuer.sign(claims)
    except (ValueError, TypeError, UnicodeError):
        return  # the issuer cannot sign that

    person = bearer(people, token)

    if person:
        now = time.time()
        assert person.began - 60 < now < person.ends + 60
        assert person.id.isprintable()
        assert len(person.id) <= 260
        assert person.name.isprintable()
        assert set(person.groups) <= {"ops", "board", "testers", "owners"}
        assert API in claims.get("aud", API)


@settings(max_examples=150, deadline=None)
@given(header=HEADERS | JSON, claims=JSON, signature=st.binary(max_size=300))
@example(header={"alg": "RS256", "kid": "first"}, claims={}, signature=b"")
@example(
    header={"alg": "RS256", "kid": "first", "b64": False, "crit": ["b64"]}, claims={}, signature=b""
)
@example(header={"alg": ["RS256"]}, claims={}, signature=b"")
def test_whatever_somebody_makes_up_is_not_believed(people, header, claims, signature):
    signed = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()

    assert bearer(people, f"{part(header)}.{part(claims)}.{signed}") is None


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_.-]{0,80}", fullmatch=True))
def test_no_text_is_believed(people, text):
    assert bearer(people, text) is None


@settings(max_examples=200, deadline=None)
@given(JSON | st.fixed_dictionaries({"groups": st.lists(JSON, max_size=3)}))
def test_any_file_of_groups_is_taken_or_refused(document):
    with suppress(BadGroups):
        assert isinstance(group_roles(document), GroupRoles)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(NAMES),
        st.none() | st.tuples(st.integers(1, 10**9 - 1), st.sampled_from(["second", "minute"])),
    )
)
def test_limits_that_are_written_are_read_as_they_were_meant(wanted):
    written = {name: f"{each[0]}/{each[1]}" if each else "off" for name, each in wanted.items()}
    seconds = {"second": 1, "minute": 60}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLUSTERWRIGHT_LIMITS", ",".join(f"{n}={w}" for n, w in written.items()))
        found = limits_from_env()

    for name, each in wanted.items():
        assert getattr(found, name) == (Limit(each[0], seconds[each[1]]) if each else None)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=60))
def test_any_text_of_limits_is_taken_or_refused(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLUSTERWRIGHT_LIMITS", text)
        with suppress(BadLimits):
            assert isinstance(limits_from_env(), Limits)
