"""What every answer of the page carries: its policy, its files, and problems in words."""

import re

import pytest
from demo_data import seed

from api.app import create_app
from api.page.static_files import FOR_EVER, build, contents
from workflows.process.settings import Settings

PAGES = [
    *("/", "/clusters/shop", "/clusters/edge", "/clusters/lab", "/hosts", "/hosts/node-5"),
    *("/new-host", "/changes/new", "/sign-in", "/hosts/none", "/jobs"),
    *("/docs", "/problems/", "/problems/host-not-found"),
]
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
INLINE = re.compile(
    r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", re.IGNORECASE
)


def test_every_page_is_under_the_strict_policy_and_has_nothing_inline(member, redis):
    seed(redis)

    for path in PAGES:
        answer = member.get(path)
        policy = dict(
            part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")
        )
        assert policy == POLICY, path
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.mimetype == "text/html"
        assert INLINE.findall(answer.text) == [], path


def test_a_page_with_the_sessions_secret_is_kept_by_nobody_else(member):
    for path in ("/", "/hosts", "/changes/new"):
        control = member.get(path).headers["Cache-Control"]
        assert "no-store" in control or control == "private, no-cache"


def test_a_page_that_has_not_changed_is_not_sent_again(member, monkeypatch):
    monkeypatch.setattr("api.page.overview.SHOWN_SECONDS", 3600)
    first = member.get("/")

    again = member.get("/", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    for name in ("Content-Security-Policy", "Referrer-Policy", "Cache-Control"):
        assert again.headers[name] == first.headers[name]


def test_static_files_are_kept_for_ever_under_the_digest_of_all(visitor):
    for name, content in contents().items():
        answer = visitor.get(f"/static/{build()}/{name}")
        assert (answer.status_code, answer.data) == (200, content)
        assert answer.headers["Cache-Control"] == FOR_EVER
        kind = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
        assert answer.mimetype == kind[name.rpartition(".")[2]]
    assert {"style.css", "topology.css", "icon.svg"} <= set(contents())


def test_under_another_digest_a_static_file_is_not_kept(visitor):
    answer = visitor.get("/static/0000000000000000/style.css")

    assert answer.headers["Cache-Control"] == "no-cache"
    again = visitor.get(
        "/static/0000000000000000/style.css", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["none.css", "..%2f..%2fauth.py", "%2e%2e", "rendering.py"])
def test_nothing_but_static_files_is_served_as_such(visitor, name):
    assert visitor.get(f"/static/{build()}/{name}").status_code in {303, 404}


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/hosts/none", "There is no host of that name"),
        ("/clusters/none", "There is no cluster of that name"),
        ("/none", "There is nothing at this address"),
    ],
)
def test_what_there_is_not_is_told_as_a_page(member, path, title):
    answer = member.get(path)

    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert f"<h1>{title}</h1>" in answer.text
    assert "What to do next" in answer.text


def test_programs_are_told_of_problems_in_json(member):
    for path in ("/v1/none", "/v1/hosts/none"):
        assert member.get(path).mimetype == "application/problem+json"
    assert member.client.get("/none").mimetype == "application/problem+json"


def test_a_method_that_a_page_does_not_take_is_told_as_a_page(member):
    answer = member.client.post("/hosts/none", headers={"Accept": "text/html"})

    assert (answer.status_code, answer.mimetype) == (405, "text/html")
    assert "GET" in answer.headers["Allow"]


def test_names_are_shown_as_text(member, redis):
    answer = member.get("/hosts/<img src=x>")

    assert answer.status_code == 404
    assert "<img src=x>" not in answer.text
    assert "&lt;img src=x&gt;" in answer.text


def test_without_redis_the_page_says_so_and_how_to_go_on(member, tmp_path):
    app = create_app(Settings(tmp_path, f"unix://{tmp_path}/none.sock"))
    other = app.test_client()
    other.set_cookie("cw_session", "A" * 43)

    answer = other.get("/", headers={"Accept": "text/html"})

    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert "Redis does not answer" in answer.text
    assert "Start Redis" in answer.text
