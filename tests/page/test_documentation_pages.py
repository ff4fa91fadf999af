"""The documentation inside the page's frame, for everybody."""

import re

import pytest
from visitor import Visitor

from api.app import create_app
from api.http.problems import PROBLEMS
from workflows.process.settings import Settings

PLACES = ["/docs", "/problems/", "/problems/host-not-found"]
everywhere = pytest.mark.parametrize("path", PLACES)


def links(answer):
    header = answer.text.partition("</header>")[0]
    return dict(re.findall(r'<a [^>]*href="([^"]+)"[^>]*>([^<]+)</a>', header))


@everywhere
def test_who_has_signed_in_finds_the_way_back_and_can_sign_out(member, path):
    answer = member.get(path)

    assert {"/", "/jobs", "/hosts", "/changes/new"} <= set(links(answer))
    assert 'action="/sign-out"' in answer.text
    assert "no-store" in answer.headers["Cache-Control"]


@everywhere
def test_who_has_not_signed_in_reads_it_too_and_finds_the_sign_in(visitor, path):
    answer = visitor.get(path)

    assert answer.status_code == 200
    assert links(answer)[f"/sign-in?next={path}"] == "Sign in"
    assert "/sign-out" not in answer.text


@everywhere
def test_it_is_there_without_redis_too(tmp_path, path):
    app = create_app(Settings(tmp_path, f"unix://{tmp_path}/none.sock"))
    visitor = Visitor(app.test_client(), "")
    visitor.client.set_cookie("cw_session", "A" * 43)

    assert visitor.get(path).status_code == 200


def test_every_problem_is_listed_and_told_on_a_page_of_its_own(visitor):
    listed = visitor.get("/problems/").text

    for word in PROBLEMS:
        assert f'href="/problems/{word}"' in listed
    text = visitor.get("/problems/host-not-found").text
    assert PROBLEMS["host-not-found"].title in text
    assert 'href="/problems/"' in text


def test_a_problem_that_there_is_not_is_told_to_people_as_a_page_and_to_programs_as_json(visitor):
    page = visitor.get("/problems/nope")
    document = visitor.client.get("/problems/nope")

    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "cannot find problem nope" in page.text
    assert (document.status_code, document.mimetype) == (404, "application/problem+json")
