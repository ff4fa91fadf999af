"""What a webhook is sent: signed, thin, in either form."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outgoing import SECRET
from standardwebhooks import Webhook, WebhookVerificationError

from workflows.notifiers.notifier import Answer, News, Target
from workflows.notifiers.webhook import body_of, seconds_asked, signed, tell, told_by

JOB = {
    "id": "j1",
    "cluster": "prod",
    "kind": "add-nodes",
    "status": "failed",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "error": {"message": "cannot join n4"},
    "steps": [{"output": "long"}],
}
NEWS = News(
    "msg_1", "job.approval-requested", 1_614_265_330.5, 7, JOB, "https://cw.example.org/jobs/j1"
)


def sent(settings=None, secrets=(SECRET,)):
    """Return the headers and the body of one delivery."""
    found = {}

    def post(method, url, *, headers, body):
        found.update(method=method, url=url, headers=headers, body=body)
        return Answer(204)

    target = Target(
        "board", "https://example.org/x", [each.encode() for each in secrets], settings or {}
    )
    assert tell(target, NEWS, {}, post).is_done
    return found["headers"], found["body"]


def test_the_signature_of_the_documentation_comes_out():
    headers = signed(
        [SECRET.encode()], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("form", ["cloudevents", "standard"])
def test_the_library_of_standard_webhooks_verifies_a_delivery(form):
    headers, body = sent({"body": form})

    assert Webhook(SECRET).verify(body, headers) == json.loads(body)
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)


def test_nothing_is_sent_unsigned():
    def post(method, url, *, headers, body):
        raise AssertionError

    told = tell(Target("board", "https://example.org/"), NEWS, {}, post)

    assert (told.is_done, told.is_final) == (False, True)
    assert "no secret" in told.because


def test_while_secrets_rotate_each_of_them_verifies():
    fresh = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
    headers, body = sent(secrets=(fresh, SECRET))

    assert Webhook(SECRET).verify(body, headers) == Webhook(fresh).verify(body, headers)


def test_an_event_is_told_as_cloud_events_have_it():
    headers, body = sent()

    event = json.loads(body)
    assert headers["Content-Type"] == "application/cloudevents+json"
    assert headers["traceparent"] == event["traceparent"]
    assert event["traceparent"].startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
    data = event.pop("data")
    event.pop("traceparent")
    assert event == {
        "specversion": "1.0",
        "id": "msg_1",
        "type": "io.clusterwright.job.approval.requested",
        "source": "/clusters/prod",
        "subject": "jobs/j1",
        "time": "2021-02-25T15:02:10.500Z",
        "sequence": "7",
        "datacontenttype": "application/json",
    }
    assert data["job"]["error"] == "cannot join n4"
    assert data["page"] == "https://cw.example.org/jobs/j1"
    assert "steps" not in data["job"]


def test_the_plain_form_has_type_timestamp_and_data():
    headers, body = sent({"body": "standard"})

    assert headers["Content-Type"] == "application/json"
    assert json.loads(body).keys() == {"type", "timestamp", "data"}


@given(st.dictionaries(st.sampled_from([*JOB, "reason", "next_action"]), st.text(max_size=50_000)))
def test_a_body_is_below_20_kilobytes_whatever_the_job_says(texts):
    job = JOB | {key: text for key, text in texts.items() if key not in {"error", "steps"}}
    for form in ("cloudevents", "standard"):
        news = News("msg_1", "job.failed", 0.0, 1, job | {"error": {"message": "x" * 10**6}})
        assert len(body_of(news, form)) < 20_000


@pytest.mark.parametrize(
    ("status", "is_done", "is_gone"),
    [
        *((200, True, False), (299, True, False), (301, False, False), (404, False, False)),
        *((410, False, True), (429, False, False), (500, False, False)),
    ],
)
def test_only_a_success_is_one(status, is_done, is_gone):
    told = told_by(Answer(status))

    assert (told.is_done, told.is_gone) == (is_done, is_gone)
    assert is_done or str(status) in told.because


@given(st.text(max_size=60))
def test_whatever_a_receiver_asks_for_is_a_time_or_nothing(text):
    found = seconds_asked(text, 0.0)
    assert found is None or found >= 0


def test_a_time_may_be_asked_for_as_a_date():
    assert seconds_asked("Thu, 25 Feb 2021 15:02:10 GMT", 1_614_265_300.0) == 30
    assert seconds_asked("120", 0.0) == 120
