"""The rule file over HTTP: shown, replaced as a whole or not at all, and tried on events."""

import threading

import pytest

from api.app import create_app
from api.rules import EXAMPLE, TICKET
from workflows.hooks.source import Source
from workflows.hooks.sources import SOURCES

OTHER = EXAMPLE.replace("scale-out", "grow")
WRONG = EXAMPLE.replace("kind: jira", "kind: jirra").replace("test-*", "Test")


def sender(name):
    return Source(name, name.title(), lambda *_: 0, lambda _: (), lambda *_: name)


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The kind of sender that the examples name, also where there is no module of it."""
    monkeypatch.setitem(SOURCES, "jira", SOURCES.get("jira") or sender("jira"))


@pytest.fixture
def put(client):
    def send(text, **headers):
        return client.put("/v1/rules", json={"text": text}, headers=headers)

    return send


def explain(client, **changed):
    return client.post("/v1/rules/explain", json={"source": "tickets", "event": TICKET} | changed)


def test_before_anybody_has_written_rules_they_are_empty_and_of_revision_0(client):
    answer = client.get("/v1/rules")

    assert (answer.status_code, answer.json["revision"], answer.json["text"]) == (200, 0, "")
    assert (answer.json["sources"], answer.json["rules"], answer.json["at"]) == ([], [], None)


def test_rules_are_kept_as_they_were_written_with_who_wrote_them_and_a_revision(client, put, token):
    text = "# why this is so\n" + EXAMPLE

    first, second = put(text), put(text)

    shown = client.get("/v1/rules")
    assert (first.status_code, first.json["revision"], second.json["revision"]) == (200, 1, 2)
    assert shown.json == second.json
    assert shown.json["text"] == text
    assert shown.json["by"] == token.split("_")[1]
    assert [row["name"] for row in shown.json["sources"]] == ["tickets"]
    [rule] = shown.json["rules"]
    assert (rule["name"], rule["kind"], rule["cool_down"]) == ("scale-out", "add-nodes", 0)


def test_rules_that_are_as_they_were_are_not_sent_again(client, put):
    tag = put(EXAMPLE).headers["ETag"]

    assert client.get("/v1/rules", headers={"If-None-Match": tag}).status_code == 304
    put(OTHER)
    assert client.get("/v1/rules", headers={"If-None-Match": tag}).status_code == 200


def test_a_file_with_faults_is_refused_with_each_at_its_line_and_the_former_one_stays(client, put):
    before = put(EXAMPLE).json

    answer = put(WRONG)

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-rules")
    assert [(row["line"], row["pointer"]) for row in answer.json["errors"]] == [
        (3, "/sources/tickets/kind"),
        (4, "/sources/tickets/clusters"),
    ]
    assert answer.json["errors"][0]["column"] == 5
    assert answer.json["errors"][0]["detail"] == "cannot use jirra: did you mean jira?"
    assert client.get("/v1/rules").json == before


def test_of_very_many_faults_the_first_are_told_and_how_many_are_left(put):
    answer = put("rules:\n" + "  - 1\n" * 300)

    assert len(answer.json["errors"]) == 101
    assert answer.json["errors"][-1] == {"pointer": "", "detail": "and 200 more"}


def test_a_dry_run_says_what_a_file_would_mean_and_stores_nothing(client, put):
    body = {"text": OTHER, "dry_run": True}
    put(EXAMPLE)

    tried = client.put("/v1/rules", json=body)
    wrong = client.put("/v1/rules", json=body | {"text": WRONG})

    assert (tried.status_code, tried.json["stored"]) == (200, False)
    assert [rule["name"] for rule in tried.json["rules"]] == ["grow"]
    assert wrong.status_code == 422
    assert client.get("/v1/rules").json["text"] == EXAMPLE


def test_who_has_read_older_rules_does_not_overwrite_newer_ones(client, put):
    tag = put(EXAMPLE).headers["ETag"]
    newer = put(OTHER, **{"If-Match": tag})

    late = put(EXAMPLE, **{"If-Match": tag})

    assert newer.status_code == 200
    assert (late.status_code, late.json["type"]) == (412, "/problems/rules-moved")
    assert late.json["etag"] == newer.headers["ETag"]
    assert client.get("/v1/rules").json["text"] == OTHER


def test_of_many_who_write_on_the_same_rules_at_once_one_is_heard(app, token, put):
    tag = put(EXAMPLE).headers["ETag"]
    statuses = []

    def write(number):
        client = app.test_client()
        headers = {"Authorization": f"Bearer {token}", "If-Match": tag}
        body = {"text": f"# {number}\n{OTHER}"}
        statuses.append(client.put("/v1/rules", json=body, headers=headers).status_code)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200] + [412] * 7


def test_the_verdict_on_an_event_is_told_rule_by_rule_with_the_change(client, put):
    put(EXAMPLE)

    answer = explain(client)

    assert answer.status_code == 200, answer.text
    assert answer.json["because"] == "rule scale-out asks for add-nodes of test-a"
    assert answer.json["change"] == {
        "cluster": "test-a",
        "kind": "add-nodes",
        "params": {"control_plane": [], "workers": ["n4", "n5"]},
        "accept": [],
        "on_failure": "stop",
        "reason": "",
        "approve_within": 0,
    }
    assert answer.json["rows"] == [
        {"rule": "scale-out", "matched": True, "why": "it asks for add-nodes of test-a"}
    ]
    assert answer.json["revision"] == 1


def test_other_rules_are_tried_and_not_stored(client, put):
    put(EXAMPLE)

    answer = explain(client, text=OTHER.replace("test-*", "lab-*"))
    wrong = explain(client, text=WRONG)

    assert (answer.json["change"], answer.json["revision"]) == (None, None)
    assert answer.json["rows"][0]["why"] == "cluster test-a is not one of lab-*"
    assert wrong.json["type"] == "/problems/invalid-rules"
    assert client.get("/v1/rules").json["text"] == EXAMPLE


ALERTS = """\
sources:
  alerts:
    kind: alertmanager
    clusters: "test-*"
    environments: [dev]
    kinds: [verify]
rules:
  - name: look
    source: alerts
    types: [firing]
    match: "labels.alertname == 'NodeDown'"
    change: {kind: verify, cluster: {get: labels.cluster}}
"""


def alert(status, name):
    """Return an alert as it stands in a document of Alertmanager's."""
    labels = {"alertname": name, "cluster": "test-a"}
    return {"status": status, "labels": labels, "fingerprint": name, "startsAt": "1"}


def test_a_document_as_it_is_sent_is_told_event_by_event(client):
    sent = {"alerts": [alert("firing", "DiskFull"), alert("firing", "NodeDown"),
                       alert("resolved", "NodeDown")]}  # fmt: skip

    told = explain(client, text=ALERTS, source="alerts", event={"data": sent}).json

    assert (told["type"], told["subject"], told["rule"]) == ("firing", "NodeDown", "look")
    assert told["change"]["cluster"] == "test-a"
    assert [(other["type"], other["subject"], other["rule"]) for other in told["others"]] == [
        ("firing", "DiskFull", None),
        ("resolved", "NodeDown", None),
    ]
    assert "match is false of this event" in told["others"][0]["because"]


@pytest.mark.parametrize(
    ("kind", "data", "read_as"),
    [
        ("generic", {"type": "backup.finished", "subject": "test-a"}, "backup.finished"),
        ("pagerduty", {"event": {"event_type": "incident.triggered"}}, "incident.triggered"),
        ("cloudevents", [{"specversion": "1.0", "id": "1", "source": "/a", "type": "a.b"}], "a.b"),
        ("github", {"ref": "refs/heads/main"}, ""),
    ],
)
def test_an_event_without_a_type_is_read_as_its_sender_words_it_if_that_can_be(
    client, kind, data, read_as
):
    rules = ALERTS.replace("alertmanager", kind)

    told = explain(client, text=rules, source="alerts", event={"data": data}).json

    assert (told["type"], told["others"], told["rule"]) == (read_as, [], None)
    wanted = f"the type {read_as} is none" if read_as else "the event tells no type"
    assert wanted in told["because"]


def test_what_the_hook_could_not_read_cannot_be_explained_either(client):
    broken = {"alerts": [{"status": "firing"}]}

    told = explain(client, text=ALERTS, source="alerts", event={"data": broken})
    typed = explain(client, text=ALERTS, source="alerts", event={"data": broken, "type": "firing"})

    assert (told.status_code, told.json["type"]) == (400, "/problems/unreadable-event")
    assert "fingerprint is missing" in told.json["detail"]
    assert typed.status_code == 200


def test_a_document_that_tells_of_no_event_leads_to_nothing(client):
    told = explain(client, text=ALERTS, source="alerts", event={"data": {"alerts": []}}).json

    assert (told["change"], told["rows"]) == (None, [])
    assert told["because"] == "ignored, because the document tells of no event"


def test_an_event_may_be_tried_at_another_moment(client):
    hours = '    during: {from: "08:00", to: "09:00", timezone: UTC}\n'

    rules = EXAMPLE + hours

    awake = explain(client, text=rules, at="2026-11-27T08:30:00Z").json
    asleep = explain(client, text=rules, at="2026-11-27T09:30:00Z").json
    assert (awake["rule"], asleep["rule"]) == ("scale-out", None)
    assert "outside of its hours" in asleep["rows"][0]["why"]


def test_nothing_happens_when_an_event_is_explained(client, put, redis):
    put(EXAMPLE)
    before = {key: redis.dump(key) for key in redis.keys("cw:*") if not key.startswith("cw:tokens")}

    explain(client)

    assert {
        key: redis.dump(key) for key in redis.keys("cw:*") if not key.startswith("cw:tokens")
    } == before


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"source": 1}, "/source"),
        ({"event": {}}, "/event/data"),
        ({"event": {"data": {}, "kind": "x"}}, "/event/kind"),
        ({"at": "tomorrow"}, "/at"),
        ({"at": "2026-11-27T08:30:00"}, "/at"),
    ],
)
def test_a_question_that_is_wrong_is_told_at_its_field(client, changed, pointer):
    answer = explain(client, **changed)

    assert answer.status_code == 422
    assert [row["pointer"] for row in answer.json["errors"]] == [pointer]


def test_a_file_that_this_version_does_not_take_any_more_is_shown_with_its_faults_and_has_no_rule(
    settings, put, token, monkeypatch
):
    put(EXAMPLE)
    monkeypatch.delitem(SOURCES, "jira")
    app = create_app(settings)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"

    answer, verdict = client.get("/v1/rules").json, explain(client).json
    app.extensions["clusterwright"].close()

    assert (answer["text"], answer["rules"]) == (EXAMPLE, [])
    assert [row["pointer"] for row in answer["faults"]] == ["/sources/tickets/kind"]
    assert verdict["change"] is None


def test_a_large_file_is_taken_and_a_larger_one_refused(put):
    padding = "# " + "x" * 250_000 + "\n"

    assert put(padding + EXAMPLE).status_code == 200
    assert put(padding * 2 + EXAMPLE).status_code == 422
    assert put(padding * 5).status_code == 413
