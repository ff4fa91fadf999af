"""Forms that are not ours, addresses that are not ours, and guesses."""

import ipaddress
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from visitor import stored

from api.http.client_address import named
from api.http.problems import Problem
from api.page import attempts
from api.page.places import local
from api.page.sessions import COOKIE

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
]


def form_routes(app):
    return [
        re.sub(r"<any\((\w+).*?>|<(\w+)>", r"\1\2", rule.rule)
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and rule.endpoint.startswith("page.")
    ]


def test_no_form_is_taken_without_its_secret(app, member, redis):
    before = stored(redis)
    routes = form_routes(app)

    for path in routes:
        for secret in (None, "", "x" * 43):
            answer = member.client.post(path, data={"csrf_token": secret} if secret else {})
            assert answer.status_code == 403, path
            assert "The form was not sent by this page" in answer.text

    assert len(routes) >= 7
    assert stored(redis) == before


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_no_form_is_taken_from_another_site_though_it_has_the_secret(app, member, redis, headers):
    before, secret = stored(redis), member.csrf()

    for path in form_routes(app):
        answer = member.client.post(path, data={"csrf_token": secret}, headers=headers)
        assert answer.status_code == 403, path

    assert stored(redis) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": "http://localhost"},
        {},
    ],
    ids=str,
)
def test_a_form_of_ours_is_taken(member, headers):
    assert member.send("/sign-out", headers=headers).status_code == 303


def test_the_secret_of_another_session_is_of_no_use(app, member, token):
    other = type(member)(app.test_client(), token)
    other.sign_in()

    answer = member.client.post("/sign-out", data={"csrf_token": other.csrf()})

    assert answer.status_code == 403


def test_nobody_can_be_signed_in_by_another_site(visitor, token):
    answer = visitor.client.post("/sign-in", data={"token": token, "csrf_token": "x"})

    assert answer.status_code == 403
    assert visitor.cookie(COOKIE) is None


@pytest.mark.parametrize(
    "place",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "/\n/elsewhere.example",
        "javascript:alert(1)",
        "elsewhere",
        "",
        "/%0d%0aX: y\r\nX: y",
    ],
)
def test_the_sign_in_leads_to_no_other_site(visitor, place):
    answer = visitor.sign_in(next=place)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("place", ["/", "/jobs?status=failed&cluster=a", "/hosts/n-1", "/a%2Fb"])
def test_a_place_inside_is_kept(place):
    assert local(place) == place


def test_too_many_wrong_tokens_have_to_wait_and_other_addresses_do_not(visitor, redis):
    answers = [visitor.sign_in(token="cw_wrong") for _ in range(attempts.MOST)]

    late = visitor.sign_in(token="cw_wrong")
    elsewhere = visitor.send(
        "/sign-in", {"token": "cw_wrong"}, environ_base={"REMOTE_ADDR": "192.0.2.7"}
    )

    assert {answer.status_code for answer in answers} == {422}
    assert (late.status_code, elsewhere.status_code) == (429, 422)
    assert 0 < int(late.headers["Retry-After"]) <= attempts.WITHIN_SECONDS
    assert redis.ttl("cw:sign-in:127.0.0.1") <= attempts.WITHIN_SECONDS


def test_wrong_tokens_of_others_lock_no_valid_one_out(visitor):
    for _ in range(2 * attempts.MOST):
        visitor.sign_in(token="cw_wrong")

    assert visitor.sign_in().status_code == 303


def test_attempts_at_the_same_moment_are_all_counted(redis):
    def fail(_):
        try:
            attempts.Attempts(redis, "192.0.2.1").failed()
        except Problem:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        allowed = sum(pool.map(fail, range(60)))

    assert allowed == attempts.MOST


def test_failures_are_counted_for_whom_a_trusted_proxy_names():
    trusted = (ipaddress.ip_network("10.0.0.0/8"),)

    assert named("10.0.0.1", "6.6.6.6, 192.0.2.7", trusted) == "192.0.2.7"
    assert named("10.0.0.1", "192.0.2.7, 10.0.0.2", trusted) == "192.0.2.7"
    assert named("10.0.0.1", "nonsense", trusted) == "10.0.0.1"
    assert named("192.0.2.9", "192.0.2.7", trusted) == "192.0.2.9"
    assert named("10.0.0.1", "192.0.2.7", ()) == "10.0.0.1"


def test_a_wrong_token_says_so_and_is_not_shown_again(visitor):
    answer = visitor.sign_in(token="cw_wrong_secret")

    assert "cannot sign in: the token is not known" in answer.text
    assert "cw_wrong_secret" not in answer.text
    assert visitor.cookie(COOKIE) is None
