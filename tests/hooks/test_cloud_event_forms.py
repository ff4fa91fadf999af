"""CloudEvents are the same in each form, and what is none is told apart."""

import base64
import json

import payloads
import pytest
from signed_requests import (
    SECRETS,
    Request,
    cloudevents,
    cloudevents_batch,
    cloudevents_binary,
)

from workflows.hooks.received import Unreadable
from workflows.hooks.sources import SOURCES

NOW = 1_700_000_000.0
SECRET = SECRETS["cloudevents"][0]
SOURCE = SOURCES["cloudevents"]
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
BINARY = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t"}


def told(request):
    return SOURCE.translate(request.received(NOW))


def binary(body=b"{}", kind="application/json", **headers):
    (event,) = told(Request(BINARY | {"Content-Type": kind} | headers, body))
    return event.data


def structured(event):
    return told(cloudevents(SECRET, NOW, json.dumps(event).encode(), STRUCTURED))


def test_an_event_is_the_same_in_every_form():
    (one,) = told(cloudevents(SECRET, NOW))
    (two,) = told(cloudevents_binary(SECRET, NOW))
    three = told(cloudevents_batch(SECRET, NOW))[0]

    assert one == two == three
    assert one.data == payloads.cloud_event(NOW)
    assert (one.type, one.subject) == ("example.inventory.host.added", "hosts/n4")


def test_source_and_id_name_an_event_together():
    def key(**attributes):
        request = cloudevents(
            SECRET, NOW, payloads.written(payloads.cloud_event(NOW, **attributes))
        )
        return SOURCE.key(request.received(NOW), told(request)[0])

    assert key() == key(type="other", data=None)
    assert len({key(), key(id="x"), key(source="x")}) == 3
    assert key(source="a", id="b/c") != key(source="a/b", id="c")


def test_headers_are_percent_encoded_or_quoted():
    subject = "Euro%20%E2%82%AC%25"

    assert binary(**{"ce-subject": subject})["subject"] == "Euro \u20ac%"
    assert binary(**{"ce-subject": '"a \\" b"'})["subject"] == 'a " b'
    with pytest.raises(Unreadable, match="percent"):
        binary(**{"ce-subject": "%ff"})


def test_data_is_what_the_content_type_says():
    assert binary(b'{"a": [1]}')["data"] == {"a": [1]}
    assert binary(b'{"a": [1]}', "application/x+json; charset=utf-8")["data"] == {"a": [1]}
    assert binary("n\u00f6".encode(), "text/plain")["data"] == "n\u00f6"
    assert binary(b"\x00\xff", "image/png")["data_base64"] == base64.b64encode(b"\x00\xff").decode()
    assert "data" not in binary(b"")
    for body, kind in ((b"{", "application/json"), (b"\xff", "text/plain")):
        with pytest.raises(Unreadable):
            binary(body, kind)


def test_an_extension_is_an_attribute():
    assert binary(**{"ce-traceparent": "00-1-2-03"})["traceparent"] == "00-1-2-03"
    assert structured(payloads.cloud_event(NOW, sequence=7))[0].data["sequence"] == 7


def test_what_is_null_is_not_there():
    (event,) = structured(payloads.cloud_event(NOW, subject=None, data=None))

    assert "subject" not in event.data
    assert event.subject == "/inventory/racks"


def test_a_batch_may_be_empty():
    assert told(cloudevents(SECRET, NOW, b"[]", BATCH)) == ()


@pytest.mark.parametrize("version", ["0.3", "1.0.1", "2.0", 1.0, None, ""])
def test_another_version_is_unreadable(version):
    with pytest.raises(Unreadable, match="specversion"):
        structured(payloads.cloud_event(NOW, specversion=version))


@pytest.mark.parametrize(
    "attributes",
    [
        {"id": ""},
        {"id": 7},
        {"id": None},
        {"source": ["/s"]},
        {"type": {}},
        {"subject": 1},
        {"time": 1},
        {"Upper": "x"},
        {"with-hyphen": "x"},
        {"extension": {}},
        {"extension": 1.5},
        {"data_base64": "AA=="},
    ],
    ids=str,
)
def test_an_event_without_its_form_is_unreadable(attributes):
    with pytest.raises(Unreadable, match=r"^cannot"):
        structured(payloads.cloud_event(NOW, **attributes))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("", b""),
        ("application/cloudevents", b"{}"),
        ("application/cloudevents+avro", b"\x00"),
        ("application/cloudevents-batch+xml", b"<x/>"),
        (STRUCTURED, b"[]"),
        (BATCH, b"{}"),
        (BATCH, b"[1]"),
        (BATCH, b"[" + b"1," * 1000 + b"1]"),
    ],
)
def test_what_is_no_cloudevent_is_unreadable(kind, body):
    with pytest.raises(Unreadable, match=r"^cannot"):
        told(cloudevents(SECRET, NOW, body, kind))


def test_of_a_batch_the_event_that_cannot_be_read_is_named_and_none_is_taken():
    batch = [payloads.cloud_event(NOW), payloads.cloud_event(NOW, id=""), payloads.cloud_event(NOW)]

    with pytest.raises(Unreadable, match=r"its id .*number 2 of 3; none of them was taken"):
        told(cloudevents(SECRET, NOW, payloads.written(batch), BATCH))


def test_data_is_no_header():
    for name in ("ce-data", "ce-data_base64", "ce-datacontenttype"):
        with pytest.raises(Unreadable, match=name):
            binary(**{name: "x"})
