"""What routes record of each act, and how the audit log is listed and verified."""

import re
import time

import pytest
from api_requests import CHANGES, HOST_KEY, change
from hook_rules import apply, rule_text, trust
from signed_requests import SIGNED

from api.access.needs import OPEN, need_of
from api.access.tokens import id_of, new_token
from workflows.audit.log import KEY

HOST = {"address": "10.0.0.7", "host_key": HOST_KEY}
RULES = rule_text("github", name="tickets")
SAFE = {"GET", "HEAD", "OPTIONS"}
CHANGES_NOTHING = {
    "changes.plan",
    "cluster_files.compare_file",
    "hook_trials.try_hook",
    "page.help_with_key",
    "page.show_plan",
    "rules.explain_rules",
}
"""Routes that take a body and only tell what would be."""


def unsafe_routes(app):
    """Yield each route that is not for reading: method, an address of it, and its endpoint."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<any\((\w+).*?>", r"\1", rule.rule)
        path = re.sub(r"<\w+>", "prod", path)
        for method in sorted(rule.methods - SAFE):
            yield method, path, rule.endpoint


def test_every_route_that_is_not_for_reading_leaves_a_record_when_it_is_refused(
    app, robot, records, job
):
    nobody, actor = robot()
    recorded = set()

    for method, path, endpoint in unsafe_routes(app):
        need = need_of(app, endpoint)
        if need.what is OPEN or endpoint.startswith("page."):
            continue
        path = path.replace("/jobs/prod", f"/jobs/{job}")
        before = records()[:1]
        assert nobody.open(path, method=method, json={}).status_code == 403, path
        (newest,) = records()[:1]
        if newest not in before:
            recorded.add(endpoint)
            assert (newest["actor"], newest["name"], newest["via"]) == (actor, "robot", "token")
            assert (newest["outcome"], newest["address"]) == ("refused", "127.0.0.1")
            assert (newest["before"], newest["after"]) == ({}, {})

    unsafe = {endpoint for _, _, endpoint in unsafe_routes(app)}
    of_programs = {each for each in unsafe if not each.startswith("page.")}
    assert recorded == of_programs - CHANGES_NOTHING - {"hooks.receive"}
    assert len(recorded) >= 15


def test_just_these_routes_take_a_body_and_are_no_acts(app):
    unsafe = {endpoint for _, _, endpoint in unsafe_routes(app)}

    assert {each for each in unsafe if not need_of(app, each).changes} == CHANGES_NOTHING


def test_acts_are_told_with_what_was_there_before_and_after(client, inventory, records, token):
    client.put("/v1/hosts/n7", json=HOST)
    client.put("/v1/hosts/n7", json=HOST | {"zone": "rack-1"})
    client.delete("/v1/hosts/n7")
    made = client.post("/v1/tokens", json={"name": "ci", "roles": ["viewer"]}).json
    client.post(f"/v1/tokens/{made['id']}/rotate", json={"overlap_hours": 1})
    client.post(f"/v1/tokens/{made['id']}/revoke")
    client.put("/v1/rules", json={"text": RULES})
    client.post("/v1/hooks/tickets/secrets", json={})
    client.post("/v1/hooks/tickets/secrets/retire")
    job = client.post(CHANGES, json=change(reason="ticket OPS-7")).json["id"]
    client.post(f"/v1/jobs/{job[:8]}/cancel")

    told = [(row["verb"], row["object"], row["cluster"]) for row in reversed(records())]
    assert told == [
        ("put-host", "host n7", ""),
        ("put-host", "host n7", ""),
        ("delete-host", "host n7", ""),
        ("make-token", f"token {made['id']}", ""),
        ("rotate-token", f"token {made['id']}", ""),
        ("revoke-token", f"token {made['id']}", ""),
        ("put-rules", "rules", ""),
        ("add-secret", "hook tickets", ""),
        ("retire-secrets", "hook tickets", ""),
        ("request-change", "cluster prod", "prod"),
        ("cancel-job", f"job {job}", "prod"),
    ]
    rows = {row["number"]: row for row in records()}
    assert {(row["actor"], row["outcome"]) for row in rows.values()} == {(id_of(token), "done")}
    assert (rows[2]["before"], rows[2]["after"]) == ({"zone": ""}, {"zone": "rack-1"})
    assert rows[3]["before"]["address"] == "10.0.0.7"
    assert rows[4]["after"]["roles"] == '["viewer"]'
    assert (rows[6]["before"]["name"], rows[6]["after"]) == ("ci", {"status": "revoked"})
    assert rows[7]["after"]["revision"] == 1
    assert rows[8]["after"] == {"good": 1}
    assert (rows[10]["after"]["job"], rows[10]["after"]["reason"]) == (job, "ticket OPS-7")
    assert (rows[11]["before"], rows[11]["after"]["status"]) == (
        {"status": "running"},
        "cancelled",
    )


def test_a_record_holds_the_trace_of_its_request(client, records):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    client.put("/v1/hosts/n7", json=HOST, headers=headers)

    assert records()[0]["trace_id"] == trace


def test_what_was_wrong_not_possible_or_a_trial_is_no_act(client, inventory, records, job):
    before = records()

    refused = [
        client.put("/v1/hosts/n7", json={}),
        client.delete("/v1/hosts/n9"),
        client.post(CHANGES, json={"kind": "nonsense"}),
        client.post(f"/v1/jobs/{job}/retry"),
        client.post("/v1/hosts", json={"hosts": [{"name": "n8", **HOST}], "dry_run": True}),
        client.put("/v1/rules", json={"text": RULES, "dry_run": True}),
    ]

    assert [each.status_code for each in refused] == [422, 404, 422, 409, 200, 200]
    assert records() == before


def test_who_is_nobody_leaves_no_record_and_who_was_somebody_does(
    client, anonymous, redis, records, monkeypatch
):
    anonymous.post("/v1/tokens", json={})
    anonymous.post("/v1/tokens", headers={"Authorization": f"Bearer {new_token()}"})
    assert records() == []
    made = client.post("/v1/tokens", json={"name": "ci", "roles": ["admin"], "days": 1}).json
    clock = client.application.extensions["clusterwright"].tokens
    monkeypatch.setattr(clock, "clock", lambda: made["expires"] + 1)

    header = {"Authorization": f"Bearer {made['token']}"}
    assert anonymous.delete("/v1/hosts/n1", headers=header).status_code == 401

    monkeypatch.undo()
    (newest, _) = records()
    assert (newest["actor"], newest["name"], newest["outcome"]) == (made["id"], "ci", "refused")
    assert (newest["verb"], newest["object"]) == ("delete-host", "host n1")


def test_no_secret_and_nothing_that_may_be_one_stands_in_a_record(client, redis, robot, records):
    made = client.post("/v1/tokens", json={"name": "ci", "roles": ["viewer"]}).json
    client.put("/v1/rules", json={"text": RULES})
    kept = client.post("/v1/hooks/tickets/secrets", json={}).json["secret"]
    given = "shall-be-told-nowhere"
    client.post("/v1/hooks/tickets/secrets", json={"secret": given})
    nobody, _ = robot()
    join_token = "d8a1f0b2" * 4
    nobody.post(f"/v1/tokens/{made['token']}/revoke")
    nobody.delete(f"/v1/hosts/{join_token}")
    nobody.delete("/v1/hosts/whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    text = "".join(redis.lrange(KEY, 0, -1))
    for secret in (made["token"], made["token"][16:], kept, given, join_token, "whsec_"):
        assert secret not in text
    assert [row["object"] for row in records()[:3]] == ["host", "host", "token"]


@pytest.fixture
def send(anonymous, settings):
    """Return a function that sends an event as GitHub signs it."""

    def send():
        made = SIGNED["github"](trust(settings), time.time())
        return anonymous.post("/v1/hooks/sender", headers=dict(made.headers), data=made.body)

    return send


def test_a_change_that_an_event_asks_for_is_recorded_once_with_its_hook(
    client, inventory, records, send
):
    apply(client, rule_text("github"))
    asked = send()
    assert asked.status_code == 202, asked.text
    assert send().json == asked.json

    newest, before = records()
    job = asked.json["events"][0]["job"]
    assert (newest["actor"], newest["name"], newest["via"]) == ("hook:sender", "sender", "hook")
    assert (newest["verb"], newest["object"]) == ("request-change", "cluster prod")
    assert newest["after"]["job"] == job
    assert newest["trace_id"] == client.get(f"/v1/jobs/{job}").json["trace_id"]
    assert before["verb"] == "put-rules"
    verdict = client.get("/v1/audit/verify").json
    assert (verdict["whole"], verdict["behind"]) == (True, 1)


def test_what_an_event_may_not_ask_for_is_recorded_as_refused(client, inventory, records, send):
    apply(client, rule_text("github", environments="[staging]"))

    assert send().json["events"][0]["outcome"] == "refused"

    newest = records()[0]
    assert (newest["actor"], newest["cluster"]) == ("hook:sender", "prod")
    assert newest["outcome"] == "refused"


def test_an_act_whose_record_cannot_be_written_is_answered_and_told_in_the_log(
    client, settings, caplog
):
    (settings.data_dir / "audit-log").mkdir()

    answer = client.put("/v1/hosts/n7", json=HOST)

    assert answer.status_code == 201
    assert "cannot write the audit record of put-host host n7 by" in caplog.text
