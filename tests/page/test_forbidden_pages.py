"""Somebody who has signed in with a token that is not granted everything."""

import re

import pytest
from seeding import put_hosts
from visitor import Visitor, stored

from api.access.needs import need_of
from api.access.tokens import new_token, register
from workflows.access import Grant, Permission


@pytest.fixture
def signed_in(app, redis):
    """Return somebody whose session was opened with a token that is granted just this."""

    def make(*grants):
        token = new_token()
        register(redis, token, "reader", grants)
        visitor = Visitor(app.test_client(), token)
        assert visitor.sign_in().status_code == 303
        return visitor

    return make


@pytest.fixture
def job(member, inventory):
    """The id of a job that somebody else has asked for."""
    put_hosts(inventory, 1)
    form = {"cluster": "prod", "kind": "create-cluster", "role.n1": "control_plane"}
    plan = member.send("/changes/plan", form)
    digest = re.search(r'name="plan_digest" value="([^"]+)"', plan.text)[1]
    asked = member.send("/changes", form | {"plan_digest": digest})
    assert asked.status_code == 303, asked.text
    return asked.headers["Location"].rpartition("/")[2]


def places(app, job):
    """Yield each route of the page: method, an address of it, and what it needs."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("page."):
            path = re.sub(r"<any\((\w+).*?>", r"\1", rule.rule).replace("<job_id>", job)
            path = re.sub(r"/clusters/<name>", "/clusters/prod", path)
            path = re.sub(r"<\w+>", "n1", path)
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield method, path, need_of(app, rule.endpoint).what


def test_who_may_only_read_is_refused_each_form_that_does_more_and_nothing_is_stored(
    app, redis, signed_in, job
):
    reader = signed_in(Grant(Permission.READ))
    secret = {"csrf_token": reader.csrf(), "cluster": "prod"}
    before = stored(redis)

    refused = []
    for method, path, need in places(app, job):
        if need not in set(Permission):
            continue
        answer = reader.get(path) if method == "GET" else reader.client.post(path, data=secret)
        assert (answer.status_code == 403) == (need is not Permission.READ), (path, answer.text)
        if answer.status_code == 403:
            assert f"it needs the permission {need}" in answer.text
            assert "The token is not granted this" in answer.text
            refused.append(path)

    assert {"/changes", "/changes/new", "/new-host", "/clusters/prod/look"} <= set(refused)
    assert {f"/jobs/{job}/approve", f"/jobs/{job}/cancel", "/hosts/n1/delete"} <= set(refused)
    assert stored(redis) == before


def test_whoever_is_signed_in_may_sign_out(signed_in):
    nobody = signed_in()
    secret = {"csrf_token": nobody.csrf("/docs")}

    assert nobody.get("/").status_code == 403
    assert nobody.client.post("/sign-out", data=secret).status_code == 303
    assert nobody.get("/").status_code == 303


def test_the_form_of_a_change_is_for_who_may_change_the_cluster_that_it_names(signed_in, inventory):
    put_hosts(inventory, 1)
    tester = signed_in(Grant(Permission.READ), Grant(Permission.CHANGE, "test-*"))
    form = {"kind": "create-cluster", "role.n1": "control_plane"}

    assert tester.send("/changes/plan", form | {"cluster": "test-1"}).status_code == 200
    assert tester.send("/changes/plan", form | {"cluster": "prod"}).status_code == 403
