"""What each kind of sender tells is found where rules look for it."""

import base64
import json

import payloads
import pytest
from signed_requests import (
    FORM,
    SECRETS,
    SIGNED,
    Request,
    cloudevents_batch,
    github,
    gitlab,
    jira_automation,
    mattermost,
    mattermost_press,
    slack,
    standard_webhooks,
)

from workflows.hooks.received import Unreadable, Unsigned
from workflows.hooks.sources import SOURCES

NOW = 1_700_000_000.0
PLAIN = b"first-secret_1"
TOLD = {
    # source: type, id, subject, whether it is over
    "alertmanager": ("firing", "fp0/2023-11-14T22:08:20Z/firing", "NodeDown", False),
    "discord": ("application_command", "170000000077", "cluster", False),
    "generic": ("backup.finished", "", "prod", False),
    "gitea": ("push", "", "ops/clusters", False),
    "github": ("push", "", "ops/clusters", False),
    "gitlab": ("push", "", "ops/clusters", False),
    "glpi": ("update", "", "118", False),
    "grafana": ("firing", "fp0/2023-11-14T22:08:20Z/firing", "NodeDown", False),
    "jira": ("jira:issue_updated", "", "OPS-42", False),
    "mattermost": ("slash_command", "mm1700000000", "/cluster", False),
    "pagerduty": ("incident.triggered", "01EV1700000000", "PINC01", False),
    "servicenow": ("change_request.approved", "", "CHG0030001", False),
    "slack": ("slash_command", "1700000000.1.abc", "/cluster", False),
    "standard-webhooks": ("ticket.approved", "", "", False),
    "teams": ("message", "1700000000000", "19:c@thread;messageid=1", False),
    "zammad": ("cluster requests", "", "31081", False),
    "zendesk": ("zen:event-type:ticket.status_changed", "", "zen:ticket:35436", False),
}
KEYS = {
    "gitea": "f6266f16-1bf3-46a5-9ea4-001700000000",
    "github": "72d3162e-cc78-11e3-81ab-001700000000",
    "gitlab": "f5e5f430-f57b-4e6e-9fac-001700000000",
    "jira": "jira-1700000000",
    "servicenow": "0000000000000000000000006553f100-scheduled",
    "standard-webhooks": "msg_1700000000",
    "zammad": "c8ba4d50-1700000000",
    "slack": "1700000000.1.abc",
    "mattermost": "mm1700000000",
    "teams": "1700000000000",
    "discord": "170000000077",
    "pagerduty": "01EV1700000000",
    "alertmanager": "fp0/2023-11-14T22:08:20Z/firing",
    "grafana": "fp0/2023-11-14T22:08:20Z/firing",
}
DIGESTED = ["generic", "glpi", "zendesk"]


def sent(name):
    return SIGNED[name](SECRETS[name][0], NOW).received(NOW)


def events(name, request):
    return SOURCES[name].translate(request.received(NOW))


@pytest.mark.parametrize("name", TOLD)
def test_an_event_has_the_senders_own_words(name):
    event = SOURCES[name].translate(sent(name))[0]

    assert (event.type, event.id, event.subject, event.is_over) == TOLD[name]


@pytest.mark.parametrize("name", KEYS)
def test_a_delivery_is_called_as_its_sender_calls_it(name):
    received = sent(name)

    assert SOURCES[name].key(received, SOURCES[name].translate(received)[0]) == KEYS[name]


@pytest.mark.parametrize("name", DIGESTED)
def test_a_delivery_without_a_name_is_called_by_its_digest(name):
    received = sent(name)
    key = SOURCES[name].key(received, SOURCES[name].translate(received)[0])

    assert len(key) == 64
    assert int(key, 16)


@pytest.mark.parametrize(
    "name", sorted(TOLD.keys() - {"alertmanager", "grafana", "mattermost", "slack", "teams"})
)
def test_rules_search_in_the_document_as_it_was_sent(name):
    event = SOURCES[name].translate(sent(name))[0]

    assert event.data == json.loads(sent(name).body)


@pytest.mark.parametrize("name", SIGNED)
def test_no_event_shows_a_secret_or_an_old_token(name):
    told = json.dumps([event.data for event in SOURCES[name].translate(sent(name))])

    assert SECRETS[name][0].decode() not in told
    assert "old-and-ignored" not in told


def test_a_button_of_slack_tells_who_has_pressed_what():
    (event,) = events("slack", slack(PLAIN, NOW, payloads.slack_press(NOW)))

    assert (event.type, event.id, event.subject) == (
        "block_actions",
        "1700000000.2.def",
        "approve",
    )
    assert event.data["actions"][0]["value"] == "job-1/digest/nonce"
    assert event.data["user"]["id"] == "U0002"
    assert "token" not in event.data


def test_a_dialogue_of_slack_tells_which_it_is():
    (event,) = events("slack", slack(PLAIN, NOW, payloads.slack_dialogue(NOW)))

    assert (event.type, event.id, event.subject) == (
        "view_submission",
        "1700000000.3.ghi",
        "add-nodes",
    )


def test_an_event_of_slack_is_called_by_its_inner_type():
    (event,) = events("slack", slack(PLAIN, NOW, payloads.slack_event(NOW), "application/json"))

    assert (event.type, event.id, event.subject) == ("app_mention", "Ev1700000000", "C0001")


def test_a_command_keeps_what_was_typed():
    for name in ("slack", "mattermost"):
        (event,) = SOURCES[name].translate(sent(name))
        assert event.data["text"] in {"plan remove n2 from prod & wait", "status prod"}


def test_a_message_of_teams_is_what_was_typed():
    (event,) = SOURCES["teams"].translate(sent("teams"))

    assert event.data["text"] == "plan remove n2 from prod & wait"
    assert event.data["from"]["aadObjectId"] == "0000-1"


def test_a_button_of_mattermost_brings_back_what_we_signed():
    request = mattermost_press(PLAIN, NOW)
    (event,) = events("mattermost", request)

    assert (event.type, event.id, event.subject) == ("button", "n1700000000", "job-1")
    assert event.data["context"]["action"] == "approve"


def test_a_button_of_mattermost_is_good_for_its_job_and_its_time_only():
    request, verify = mattermost_press(PLAIN, NOW), SOURCES["mattermost"].verify
    context = json.loads(request.body)["context"]

    assert verify(request.received(NOW + 3599), [PLAIN]) == 0
    with pytest.raises(Unsigned, match="old"):
        verify(request.received(NOW + 3601), [PLAIN])
    for other in (
        {"job": "job-2"},
        {"action": "reject"},
        {"expires": context["expires"] + 1},
        {"expires": 10**40},
        {"nonce": "n2"},
        {"more": ""},
        {"signature": None},
        {"signature": "00"},
    ):
        changed = Request(request.headers, payloads.mattermost_press(context | other))
        with pytest.raises(Unsigned, match=r"^cannot"):
            verify(changed.received(NOW), [PLAIN])


def test_the_token_of_a_command_signs_no_button():
    context = {"job": "job-1", "expires": int(NOW) + 60, "nonce": "n1"}
    shown = mattermost(PLAIN, NOW, payloads.mattermost_press(context))

    with pytest.raises(Unsigned, match="button"):
        SOURCES["mattermost"].verify(shown.received(NOW), [PLAIN])


def test_each_alert_is_an_event_and_a_resolved_one_is_over():
    for name in ("alertmanager", "grafana"):
        firing, resolved = SOURCES[name].translate(sent(name))

        assert (firing.type, firing.is_over) == ("firing", False)
        assert (resolved.type, resolved.is_over) == ("resolved", True)
        assert firing.data["labels"]["cluster"] == "prod"
        assert firing.data["group"]["receiver"] == "clusterwright"
        assert "alerts" not in firing.data["group"]


def test_an_alert_that_fires_on_stays_one_event():
    again = payloads.alerts(NOW, statuses=("firing",))
    with_another = payloads.alerts(NOW, statuses=("firing", "firing"))
    source = SOURCES["alertmanager"]

    def keys(body):
        received = Request({}, body).received(NOW)
        return [source.key(received, event) for event in source.translate(received)]

    assert keys(again) == keys(with_another)[:1]
    assert len(set(keys(with_another))) == 2
    assert keys(payloads.alerts(NOW + 3600, statuses=("firing",))) != keys(again)


@pytest.mark.parametrize(
    "alerts",
    [
        None,
        {},
        ["text"],
        [{}],
        [{"status": "firing", "fingerprint": "f"}],
        [{"status": "pending", "fingerprint": "f", "startsAt": "t"}],
        [{"status": "firing", "fingerprint": "f", "startsAt": "t"}] * 1001,
    ],
    ids=["none", "no list", "no object", "empty", "no beginning", "other status", "too many"],
)
def test_alerts_without_what_names_them_are_unreadable(alerts):
    for name in ("alertmanager", "grafana"):
        with pytest.raises(Unreadable, match=r"^cannot"):
            events(name, Request({}, payloads.written({"alerts": alerts})))


def test_of_several_alerts_the_one_that_cannot_be_read_is_named():
    good = {"status": "firing", "fingerprint": "f", "startsAt": "t"}
    body = payloads.written({"alerts": [good, good | {"fingerprint": None}]})

    with pytest.raises(Unreadable, match=r"fingerprint is missing .*number 2 of 2"):
        events("alertmanager", Request({}, body))


def test_a_resolved_incident_is_over():
    body = payloads.pagerduty_incident(NOW, "incident.resolved")
    (event,) = events("pagerduty", Request({}, body))

    assert event.is_over


def test_github_may_send_its_document_in_a_form():
    body = payloads.slack_payload({"repository": {"full_name": "ops/clusters"}})
    request = github(PLAIN, NOW, body)
    as_form = Request(request.headers | {"Content-Type": FORM}, body)
    (event,) = events("github", as_form)

    assert SOURCES["github"].verify(as_form.received(NOW), [PLAIN]) == 0
    assert event.subject == "ops/clusters"


@pytest.mark.parametrize("name", ["github", "gitea", "zammad"])
def test_a_sender_that_names_the_kind_in_a_header_has_to_send_it(name):
    bare = Request({}, SIGNED[name](PLAIN, NOW).body)

    with pytest.raises(Unreadable, match="header X-"):
        events(name, bare)


@pytest.mark.parametrize("trigger", ["Prüfung des Clusters", "クラスタ", "plain"])
def test_a_trigger_of_zammad_has_the_name_that_it_has_there(trigger):
    as_a_server_reads_it = trigger.encode().decode("latin-1")
    received = SIGNED["zammad"](b"secret", NOW).received(NOW, x_zammad_trigger=as_a_server_reads_it)

    [event] = SOURCES["zammad"].translate(received)

    assert event.type == trigger


def test_hooks_of_one_chain_in_gitlab_are_told_apart():
    source = SOURCES["gitlab"]
    one, other = gitlab(PLAIN, NOW), gitlab(PLAIN, NOW, payloads.gitlab_push(NOW + 1))

    def key(request):
        received = request.received(NOW, **{"idempotency-key": None})
        return source.key(received, source.translate(received)[0])

    assert key(one) == key(one)
    assert key(one) != key(other)


def test_a_rule_of_jiras_automation_writes_its_own_document():
    for header in ("X-Api-Key", "Authorization"):
        request = jira_automation(PLAIN, NOW, header=header)
        (event,) = events("jira", request)

        assert SOURCES["jira"].verify(request.received(NOW), [PLAIN]) == 0
        assert (event.type, event.subject) == ("automation", "OPS-43")
        assert SOURCES["jira"].key(request.received(NOW), event) == "OPS-43-1"


def test_a_name_that_no_record_can_have_is_told_by_its_digest():
    secret = SECRETS["standard-webhooks"][0]
    source = SOURCES["standard-webhooks"]

    for name in ("m" * 201, "two words", "\u00e9"):
        received = standard_webhooks(secret, NOW).received(NOW, **{"webhook-id": name})
        assert len(source.key(received, source.translate(received)[0])) == 64


def test_of_several_signatures_any_may_fit():
    secret = SECRETS["standard-webhooks"][0]
    request = standard_webhooks(secret, NOW)
    right = request.headers["webhook-signature"]
    wrong = "v1," + base64.b64encode(b"x" * 32).decode()
    verify = SOURCES["standard-webhooks"].verify

    for signatures in (f"{wrong} {right}", f"v1a,abc {right} {wrong}", f"{right} nonsense"):
        assert verify(request.received(NOW, webhook_signature=signatures), [secret]) == 0
    for signatures in (wrong, right.removeprefix("v1,"), right.replace("v1,", "v2,")):
        with pytest.raises(Unsigned):
            verify(request.received(NOW, webhook_signature=signatures), [secret])
    many = " ".join([wrong] * 10 + [right])
    with pytest.raises(Unsigned):
        verify(request.received(NOW, webhook_signature=many), [secret])


def test_a_batch_tells_of_each_of_its_events():
    received = cloudevents_batch(PLAIN, NOW).received(NOW)
    told = SOURCES["cloudevents"].translate(received)

    assert [event.data["id"] for event in told] == ["e1700000000", "another-1700000000"]
    assert len({event.id for event in told}) == 2
