"""Sign-in on the page by an issuer of identities: code flow with PKCE, over real HTTP."""

import re
import threading
import time
from base64 import b64encode
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from oidc_issuer import PAGE, running_issuer
from seeding import put_hosts
from werkzeug.serving import make_server

from api.app import create_app
from workflows.audit.log import KEY
from workflows.audit.records import Record
from workflows.process.settings import Settings

SECRET = "s3cret-of-the-client"
FORM = {
    "kind": "create-cluster",
    "cluster": "prod",
    "order": "",
    "role.n1": "control_plane",
    "environment": "dev",
    "channel": "1.32/stable",
}


@pytest.fixture
def issuer(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_issuer() as found:
        yield found


@pytest.fixture
def served_app(issuer, site, redis, redis_server):
    """The application with the issuer, and its address."""
    settings = replace(Settings(site.folder, redis_server.url), oidc=issuer.settings())
    app = create_app(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield app, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
    app.extensions["clusterwright"].close()


@pytest.fixture
def browser(served_app):
    """A browser's cookies and patience, without its engine."""
    headers = {"Accept": "text/html"}
    with httpx.Client(base_url=served_app[1], headers=headers, trust_env=False) as client:
        yield client


def way_back(browser, place="/jobs"):
    """Go to the issuer, sign in there, and return the address that it sends the browser to."""
    begun = browser.get("/sign-in/oidc", params={"next": place})
    assert begun.status_code == 303, begun.text
    there = browser.get(begun.headers["Location"])
    assert there.status_code == 303, there.text
    return there.headers["Location"]


def refused(answer, why):
    assert answer.status_code == 403, answer.text
    assert why in answer.text
    assert "cw_session" not in answer.headers.get("Set-Cookie", "")


def test_somebody_signs_in_and_gets_to_the_page_that_was_asked_for(browser):
    answer = browser.get(way_back(browser, "/jobs?status=failed"))

    assert (answer.status_code, answer.headers["Location"]) == (303, "/jobs?status=failed")
    assert browser.get("/jobs").status_code == 200
    assert browser.get("/v1/tokens/self").json()["id"] == "oidc:alice-1"


def test_the_sign_in_page_has_the_button_and_leads_back(browser, member):
    assert 'href="/sign-in/oidc?next=/hosts"' in browser.get("/sign-in?next=/hosts").text
    assert "/sign-in/oidc" not in member.get("/sign-in").text


def test_what_a_person_asks_for_on_the_page_says_who_it_was(browser, inventory, ledger):
    put_hosts(inventory, 1)
    browser.get(way_back(browser))
    csrf = browser.get("/hosts").text.split('name="csrf_token" value="')[1].split('"')[0]
    form = FORM | {"csrf_token": csrf}
    planned = browser.post("/changes/plan", data=form).text
    [digest] = set(re.findall(r'name="plan_digest" value="([^"]+)"', planned))

    answer = browser.post("/changes", data=form | {"plan_digest": digest})

    assert answer.status_code == 303, answer.text
    [job] = ledger.jobs()
    assert (job.requested_by, job.via) == ("oidc:alice-1", "session")
    assert "by oidc:alice-1 on the page" in browser.get(answer.headers["Location"]).text


def test_what_is_sent_to_the_issuer_is_a_challenge_and_no_secret(browser):
    begun = browser.get("/sign-in/oidc")
    query = parse_qs(urlsplit(begun.headers["Location"]).query)

    assert query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]
    assert query["redirect_uri"] == [str(browser.base_url.join("/sign-in/oidc/back"))]
    made = {query[name][0] for name in ("state", "nonce", "code_challenge")}
    assert len(made) == 3
    assert browser.cookies["cw_oidc"] not in begun.headers["Location"]


def test_groups_are_asked_for_where_the_issuer_has_a_scope_for_them(browser, issuer):
    issuer.says = {"scopes_supported": ["openid", "groups"]}
    begun = browser.get("/sign-in/oidc")
    [scope] = parse_qs(urlsplit(begun.headers["Location"]).query)["scope"]

    assert scope == "openid profile email groups"


def test_the_cookie_of_a_sign_in_is_out_of_reach_of_scripts_and_ends_soon(browser):
    cookie = browser.get("/sign-in/oidc").headers["Set-Cookie"]

    assert cookie.startswith("cw_oidc=")
    for part in ("HttpOnly", "SameSite=Lax", "Max-Age=600", "Path=/"):
        assert part in cookie


def test_neither_state_nor_verifier_nor_tokens_are_stored(browser, redis, issuer):
    browser.get(way_back(browser))
    browser.get("/sign-in/oidc")

    everything = b"".join(redis.dump(key) for key in redis.keys("*")).decode("latin-1")
    everything += "".join(redis.keys("*"))
    begun = browser.get("/sign-in/oidc")
    query = parse_qs(urlsplit(begun.headers["Location"]).query)
    for secret in (browser.cookies["cw_session"], query["state"][0], query["nonce"][0]):
        assert secret not in everything
    assert "eyJ" not in everything


def test_a_code_and_a_state_are_good_once(browser):
    back = way_back(browser)
    cookie = browser.cookies["cw_oidc"]
    assert browser.get(back).status_code == 303
    browser.cookies.clear()
    browser.cookies.set("cw_oidc", cookie)

    refused(browser.get(back), "it has been used")


def test_who_was_refused_is_led_to_a_fresh_sign_in(browser):
    answer = browser.get("/sign-in/oidc/back?code=a&state=b")

    assert 'href="/sign-in">Sign in' in answer.text


def test_a_code_of_another_sign_in_is_refused(browser, issuer):
    first = way_back(browser)
    second = way_back(browser)
    stolen = parse_qs(urlsplit(first).query)["code"][0]
    ours = parse_qs(urlsplit(second).query)["state"][0]

    refused(
        browser.get("/sign-in/oidc/back", params={"code": stolen, "state": ours}),
        "the issuer does not take the code",
    )


def test_another_browser_cannot_be_signed_in_with_ones_own_code(browser, served_app):
    back = way_back(browser)

    with httpx.Client(headers={"Accept": "text/html"}, trust_env=False) as other:
        refused(other.get(back), "this browser has not begun it")
        other.get(f"{served_app[1]}/sign-in/oidc")
        refused(other.get(back), "this browser has not begun it")


def test_a_sign_in_ends_where_it_began(browser, served_app):
    back = way_back(browser)

    answer = browser.get(back, headers={"Host": "elsewhere.example"})

    refused(answer, "another address than the one it began at")


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"nonce": "another"}, "its nonce is that of another sign-in"),
        ({"nonce": None}, "its nonce is that of another sign-in"),
        ({"aud": "clusterwright-api"}, "its claim aud"),
        ({"azp": "another-client"}, "for another client"),
        ({"iss": "https://elsewhere.example"}, "its claim iss"),
        ({"exp": 1}, "it has ended"),
    ],
)
def test_an_id_token_for_another_or_of_another_is_refused(browser, issuer, claims, why):
    issuer.hand_out = claims

    refused(browser.get(way_back(browser)), why)


def test_what_the_issuer_says_no_to_is_told_without_its_words(browser):
    state = parse_qs(urlsplit(way_back(browser)).query)["state"][0]
    sent = {"error": "access_denied", "error_description": "<b>call 555</b>", "state": state}

    answer = browser.get("/sign-in/oidc/back", params=sent)

    refused(answer, "the issuer has not signed you in")
    assert "555" not in answer.text


def test_an_answer_of_another_issuer_is_refused(browser):
    back = way_back(browser)
    sent = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}

    answer = browser.get("/sign-in/oidc/back", params=sent | {"iss": "https://elsewhere.example"})

    refused(answer, "another issuer")


def test_the_clients_secret_is_read_from_its_file(browser, issuer, served_app, tmp_path):
    issuer.client_secret = SECRET
    refused(browser.get(way_back(browser)), "does not know this client")
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    people = served_app[0].extensions["clusterwright"].people
    people.settings = replace(people.settings, secret_file=file)

    assert browser.get(way_back(browser)).status_code == 303


def recorded(redis):
    rows = [Record.of(line) for line in redis.lrange(KEY, 0, -1)]
    return [(row.verb, row.actor, row.name, row.via, str(row.outcome)) for row in rows]


def test_who_signs_in_and_who_is_refused_is_in_the_audit_log(browser, issuer, redis):
    back = way_back(browser)
    assert browser.get(back).status_code == 303
    refused(browser.get(back), "")

    assert [row for row in recorded(redis) if row[0] == "sign-in"] == [
        ("sign-in", "oidc:alice-1", "alice", "session", "done"),
        ("sign-in", "", "", "session", "refused"),
    ]


def test_the_clients_secret_is_found_in_nothing_that_is_left(
    browser, issuer, served_app, redis, site, tmp_path, caplog
):
    issuer.client_secret = SECRET
    file = tmp_path / "secret"
    file.write_text(SECRET)
    people = served_app[0].extensions["clusterwright"].people
    people.settings = replace(people.settings, secret_file=file)
    assert browser.get(way_back(browser)).status_code == 303
    issuer.status = 400  # and where the issuer refuses it
    browser.get("/sign-in/oidc/back", params={"code": "x", "state": "y"})

    kept = "".join(f"{key} {redis.dump(key)!r}" for key in redis.keys("*"))
    written = [path.read_text(errors="replace") for path in site.folder.glob("*") if path.is_file()]
    told = [browser.get(place).text for place in ("/jobs", "/sign-in", "/v1/tokens/self")]
    assert "oidc:alice-1" in kept
    assert any("oidc:alice-1" in text for text in written)
    forms = SECRET, b64encode(f"{PAGE}:{SECRET}".encode()).decode()
    for text in (kept, *written, *told, caplog.text):
        assert not [form for form in forms if form in text]


def test_a_session_ends_with_the_token_that_told_of_the_person(browser, issuer):
    issuer.hand_out = {"exp": int(time.time()) - 20}  # within what clocks may be apart
    assert browser.get(way_back(browser)).status_code == 303

    assert browser.get("/jobs").status_code == 303
    assert browser.get("/v1/jobs").status_code == 401


def test_sign_out_ends_the_session(browser, redis):
    browser.get(way_back(browser))
    csrf = browser.get("/jobs").text.split('name="csrf_token" value="')[1].split('"')[0]

    assert browser.post("/sign-out", data={"csrf_token": csrf}).status_code == 303

    assert browser.get("/jobs").headers["Location"].startswith("/sign-in")
    assert redis.keys("cw:session:*") == []


def test_who_is_in_no_group_of_ours_is_signed_in_and_may_see_nothing(browser, issuer):
    issuer.claims = {"sub": "mallory", "groups": ["strangers"]}
    browser.get(way_back(browser))

    answer = browser.get("/jobs")

    assert answer.status_code == 403
    assert "needs the permission read" in answer.text


def test_a_session_does_not_outlive_the_issuer_that_it_came_from(browser, served_app):
    browser.get(way_back(browser))
    assert browser.get("/jobs").status_code == 200
    people = served_app[0].extensions["clusterwright"].people
    people.settings = replace(people.settings, issuer="https://another.example")

    assert browser.get("/jobs").status_code == 303


def test_an_issuer_that_is_down_is_told_and_tokens_still_sign_in(browser, issuer, token):
    issuer.status = 503

    answer = browser.get("/sign-in/oidc")

    assert answer.status_code == 503
    assert "cannot ask" in answer.text
    assert browser.get("/sign-in").status_code == 200


def test_nobody_is_led_to_another_site_after_the_sign_in(browser):
    answer = browser.get(way_back(browser, "https://elsewhere.example/"))

    assert answer.headers["Location"] == "/"


def test_without_an_issuer_there_is_no_such_sign_in(visitor):
    assert visitor.get("/sign-in/oidc").status_code == 404
    assert visitor.get("/sign-in/oidc/back?code=a&state=b").status_code == 404
