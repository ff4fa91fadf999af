"""No GET changes anything: every route of the API and of the page, while a job waits."""

import re

import pytest
from api_requests import CHANGES, change

from api.access.tokens import id_of
from api.page.sessions import COOKIE, Sessions

PASSING = ("cw:tokens:used", "cw:api", "cw:session:", "cw:plan:", "cw:tallies")
"""Uses of tokens and sessions, signs of life, what plans were, and counts."""


def everything(redis):
    return {key: redis.dump(key) for key in redis.keys("*") if not key.startswith(PASSING)}


def addresses(app, job):
    """Yield an address of every route that can be asked with GET."""
    parts = {"cluster": "prod", "name": "n1", "job_id": job, "word": "internal", "verb": "approve"}
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods:
            yield re.sub(r"<(?:[^<>:]+:)?(\w+)>", lambda found: parts.get(found[1], "x"), rule.rule)


@pytest.fixture
def waiting(client, ledger):
    return client.post(CHANGES, json=change(approve_within=1)).json["id"]


def test_no_address_that_is_looked_at_changes_anything(app, client, token, redis, waiting):
    session, _ = Sessions(redis).open(id_of(token))
    client.set_cookie(COOKIE, session)  # with it the page lets in, too
    assert "awaiting" in client.get(f"/jobs/{waiting}").text
    asked = sorted(set(addresses(app, waiting)))
    before = everything(redis)

    for path in asked:
        client.get(path, query_string={"yes": "1"}).close()
        assert everything(redis) == before, path

    assert len(asked) > 30
    assert f"/v1/jobs/{waiting}" in asked


@pytest.mark.parametrize("verb", ["approve", "reject", "cancel", "retry", "rollback"])
@pytest.mark.parametrize("place", ["/v1/jobs", "/jobs"])
def test_nothing_is_asked_of_a_job_by_looking_at_an_address(client, ledger, waiting, place, verb):
    answer = client.get(f"{place}/{waiting}/{verb}")

    assert answer.status_code in {404, 405}
    assert ledger.job(waiting).status == "awaiting-approval"
