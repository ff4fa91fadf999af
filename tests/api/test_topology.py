"""A cluster's drawings over HTTP."""

import base64
import hashlib
import re

import pytest

FORMS = {
    "svg": "image/svg+xml; charset=utf-8",
    "mmd": "text/plain; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}
PATHS = [f"/v1/clusters/prod/topology.{form}" for form in FORMS]


def alive(*hosts):
    rows = [{"host": host, "address": f"{host}:19001", "role": "voter"} for host in hosts]
    return {"members": [row | {"alive": True} for row in rows], "nodes": []}


@pytest.mark.parametrize("form", FORMS)
def test_a_cluster_is_drawn_in_each_form(client, job, form):
    answer = client.get(f"/v1/clusters/prod/topology.{form}")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, FORMS[form])
    assert "quorum: not observed yet" in answer.text
    assert "10.0.0.1" in answer.text  # the inventory's


@pytest.mark.parametrize("path", PATHS)
def test_an_unchanged_drawing_costs_no_body(client, steps, path):
    first = client.get(path)
    tag = {"If-None-Match": first.headers["ETag"]}

    same = client.get(path, headers=tag)
    steps.begin()
    steps.observe(alive("n1"))
    other = client.get(path, headers=tag)

    assert (same.status_code, same.data) == (304, b"")
    assert other.status_code == 200
    assert "1 of 1 voter alive" in other.text


@pytest.mark.parametrize("path", PATHS)
def test_a_drawing_needs_a_token(anonymous, job, path):
    assert anonymous.get(path).status_code == 401


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_there_is_not_drawn(client, form):
    answer = client.get(f"/v1/clusters/nowhere/topology.{form}")

    assert (answer.status_code, answer.json["type"]) == (404, "/problems/cluster-not-found")


def test_the_policy_of_a_drawing_allows_its_own_style_and_nothing_else(client, job):
    answer = client.get("/v1/clusters/prod/topology.svg")

    style = re.search("<style>(.*)</style>", answer.text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
    )
