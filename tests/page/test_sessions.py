"""Sessions: what is stored of them, what they are good for, and how they end."""

import json
import time

import httpx
import pytest
import refusing_redis
from visitor import stored

from api.access import tokens
from api.access.needs import EXTENSION, OPEN
from api.page.sessions import COOKIE, IDLE_SECONDS, LONGEST_SECONDS, SECURE_COOKIE

PLACES = ["/", "/jobs", "/hosts", "/hosts/n1", "/clusters/prod", "/changes/new", "/new-host"]


def session_keys(redis):
    return redis.keys("cw:session:*")


def unsafe_routes(app, prefix):
    """Those that change something by the right of a token; events carry a signature instead."""
    return [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}
        if rule.rule.startswith(prefix) and app.extensions[EXTENSION][rule.endpoint].what != OPEN
    ]


@pytest.mark.parametrize("place", PLACES)
def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(visitor, place):
    answer = visitor.get(place + "?a=1")

    assert answer.status_code == 303
    wanted = place.replace("/", "%2F") + "%3Fa%3D1"
    assert answer.headers["Location"] == f"/sign-in?next={wanted}"


def test_a_signed_in_browser_gets_to_the_place_that_was_asked_for(visitor):
    answer = visitor.sign_in(next="/hosts?a=1")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/hosts?a=1")
    assert visitor.get("/hosts").status_code == 200


def test_neither_the_token_nor_the_sessions_id_is_stored(member, redis, token):
    session_id = member.cookie(COOKIE).value

    everything = b"".join(redis.dump(key) for key in redis.keys("*"))
    names = "".join(redis.keys("*"))

    for secret in (token.split("_", 2)[2], session_id):
        assert secret.encode() not in everything
        assert secret not in names


def test_over_http_the_cookie_is_out_of_reach_of_scripts_and_other_sites(member):
    cookie = member.cookie(COOKIE)

    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Lax", "/")
    assert cookie.secure is False
    assert cookie.max_age is None


def test_over_https_the_cookie_is_tied_to_this_host_too(visitor):
    visitor.base_url = "https://localhost"

    answer = visitor.sign_in()

    assert answer.status_code == 303
    cookie = visitor.cookie(SECURE_COOKIE)
    assert (cookie.http_only, cookie.secure, cookie.same_site) == (True, True, "Lax")
    assert (cookie.path, cookie.domain, cookie.origin_only) == ("/", "localhost", True)
    assert visitor.cookie(COOKIE) is None


def test_a_session_of_plain_http_does_not_count_over_https(member):
    member.base_url = "https://localhost"

    assert member.get("/").status_code == 303


def test_every_sign_in_makes_a_new_session_and_ends_the_one_before(visitor, redis):
    chosen = "A" * 43
    visitor.client.set_cookie(COOKIE, chosen, domain="localhost")

    visitor.sign_in()
    first = visitor.cookie(COOKIE).value
    visitor.sign_in()

    second = visitor.cookie(COOKIE).value
    assert len({chosen, first, second}) == 3
    assert len(session_keys(redis)) == 1
    visitor.client.set_cookie(COOKIE, first, domain="localhost")
    assert visitor.get("/").status_code == 303


def test_sign_out_ends_the_session_on_the_server(member, redis):
    kept = member.cookie(COOKIE).value

    answer = member.send("/sign-out")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert member.cookie(COOKIE) is None
    assert session_keys(redis) == []
    member.client.set_cookie(COOKIE, kept, domain="localhost")
    assert member.get("/").status_code == 303


def test_a_session_ends_when_nobody_uses_it_and_use_puts_that_off(member, redis):
    (key,) = session_keys(redis)
    redis.expire(key, 60)

    member.get("/")

    assert IDLE_SECONDS - 60 < redis.ttl(key) <= IDLE_SECONDS


def test_a_session_ends_after_a_week_however_it_is_used(member, redis):
    (key,) = session_keys(redis)
    row = json.loads(redis.get(key)) | {"created": time.time() - LONGEST_SECONDS - 1}
    redis.set(key, json.dumps(row))

    assert member.get("/").status_code == 303
    assert session_keys(redis) == []


def test_a_session_ends_with_its_token(member, redis, token, monkeypatch):
    monkeypatch.setattr(tokens, "CACHE_SECONDS", 0)
    redis.hdel("cw:tokens", token.split("_")[1])

    assert member.get("/").status_code == 303
    assert session_keys(redis) == []


def test_who_signs_in_with_a_token_that_has_ended_reads_when(visitor, redis, token, monkeypatch):
    monkeypatch.setattr(tokens, "CACHE_SECONDS", 0)
    row = json.loads(redis.hget("cw:tokens", token.split("_")[1])) | {"expires": 1_900_000_000}
    redis.hset("cw:tokens", token.split("_")[1], json.dumps(row))
    backend = visitor.client.application.extensions["clusterwright"]
    monkeypatch.setattr(backend.tokens, "clock", lambda: 1_900_000_000)

    answer = visitor.sign_in()

    assert answer.status_code == 422
    assert "cannot sign in: the token ended on 2030-03-17 17:46 UTC; make another" in answer.text
    assert session_keys(redis) == []


@pytest.mark.parametrize("value", ["", "x", "A" * 43, "../" * 20, "\u20ac" * 43])
def test_an_id_that_is_none_is_no_session(visitor, value):
    visitor.client.set_cookie(COOKIE, value, domain="localhost")

    assert visitor.get("/").status_code == 303


def test_a_session_may_read_the_api(member):
    assert member.client.get("/v1/hosts").json == {"hosts": []}
    assert member.client.head("/v1/hosts").status_code == 200


def test_a_session_alone_changes_nothing_through_the_api(app, member, redis):
    before = stored(redis)
    routes = unsafe_routes(app, "/v1/")

    for method, rule in routes:
        path = rule.replace("<", "").replace(">", "")
        answer = member.client.open(path, method=method, json={}, headers={"Origin": "null"})
        assert (answer.status_code, answer.json["type"]) == (401, "/problems/unauthorized")

    assert len(routes) >= 7
    assert stored(redis) == before


def test_a_token_in_the_header_opens_the_api_and_not_the_page(visitor, token):
    headers = {"Authorization": f"Bearer {token}"}

    assert visitor.get("/v1/hosts", headers=headers).status_code == 200
    assert visitor.get("/hosts", headers=headers).status_code == 303


def test_a_wrong_token_in_the_header_is_refused_though_the_browser_is_signed_in(member):
    answer = member.client.get("/v1/hosts", headers={"Authorization": "Bearer cw_x"})

    assert answer.status_code == 401


def test_behind_a_proxy_that_speaks_https_the_server_gives_the_guarded_cookie(site):
    answer = httpx.get(
        f"{site.url}/sign-in", headers={"X-Forwarded-Proto": "https"}, trust_env=False
    )

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-cw_sign_in=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))


def test_who_signs_in_while_redis_is_frozen_is_told_so_within_seconds(visitor, redis):
    csrf = visitor.csrf("/sign-in")
    form = {"csrf_token": csrf, "token": visitor.token}

    with refusing_redis.frozen(redis.info("server")["process_id"]):
        began = time.monotonic()
        answer = visitor.client.post(
            "/sign-in", data=form, base_url=visitor.base_url, headers={"Accept": "text/html"}
        )
        took = time.monotonic() - began

    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert took < 5
    assert visitor.sign_in().status_code == 303


def test_a_page_of_a_replica_reads_what_to_do(visitor, redis):
    visitor.sign_in()

    with refusing_redis.replica(redis):
        answer = visitor.get("/")

    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert "redis-cli INFO replication" in answer.text


def test_who_signs_in_while_redis_is_full_reads_what_to_do(visitor, redis):
    visitor.get("/sign-in")

    with refusing_redis.full(redis):
        answer = visitor.sign_in()

    assert answer.status_code == 503
    assert "has no memory left" in answer.text
    assert "redis-cli INFO memory" in answer.text
    assert visitor.sign_in().status_code == 303
