"""CloudEvents 1.0 out of HTTP requests, in each of the three forms that they come in; pure.

What comes is always told in one form: that of the JSON format, its attributes beside ``data``.
"""

import base64
import re
from typing import Any
from urllib.parse import unquote_to_bytes

from cluster.printable import short
from workflows.hooks.reading.documents import each_of_many, json_document, json_object
from workflows.hooks.received import Received, Unreadable

VERSION = "1.0"
MOST_EVENTS = 1000
"""In one batch."""
_PREFIX = "ce-"
_NAME = re.compile(r"[a-z0-9]{1,40}")
_REQUIRED = ("id", "source", "type")
_TEXTS = (*_REQUIRED, "subject", "time", "datacontenttype", "dataschema", "data_base64")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def cloud_events(received: Received) -> tuple[dict[str, Any], ...]:
    """Return the events of a request; a batch may have none. Raises ``Unreadable``."""
    kind = _media_type(received.header("Content-Type"))
    if kind.startswith("application/cloudevents-batch"):
        _require_json(kind)
        return _batch(received.body)
    if kind.startswith("application/cloudevents"):
        _require_json(kind)
        return (_checked(json_object(received.body)),)
    if received.header("ce-specversion"):
        return (_checked(_binary(received, kind)),)
    raise Unreadable(
        "cannot read the request as CloudEvents: its Content-Type is not that of a structured "
        "event or a batch, and header ce-specversion is missing; send one of the two"
    )


def _batch(body: bytes) -> tuple[dict[str, Any], ...]:
    events = json_document(body)
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise Unreadable(
            f"cannot read the batch: it is no list of at most {MOST_EVENTS} events; send fewer"
        )
    return tuple(
        each_of_many(_checked, event, place, len(events)) for place, event in enumerate(events, 1)
    )


def _binary(received: Received, kind: str) -> dict[str, Any]:
    event: dict[str, Any] = {
        name.removeprefix(_PREFIX): _decoded(name, value)
        for name, value in received.headers.items()
        if name.startswith(_PREFIX)
    }
    for name in ("data", "data_base64", "datacontenttype"):
        if name in event:
            raise Unreadable(
                f"cannot read the event: {_PREFIX}{name} is no header of CloudEvents; send data as "
                "the body, and its kind as Content-Type"
            )
    if kind:
        event["datacontenttype"] = short(received.header("Content-Type").strip())
    return event | _data(received.body, kind)


def _data(body: bytes, kind: str) -> dict[str, Any]:
    if not body:
        return {}
    if kind.endswith(("/json", "+json")) or not kind:
        return {"data": json_document(body)}
    if kind.startswith("text/"):
        try:
            return {"data": body.decode()}
        except UnicodeDecodeError:
            raise Unreadable(
                f"cannot read the event's data: its {short(kind, 50)} is no UTF-8; send it as such"
            ) from None
    return {"data_base64": base64.b64encode(body).decode()}


def _decoded(name: str, value: str) -> str:
    quoted = _QUOTED.fullmatch(value.strip())
    plain = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else value.strip()
    try:
        return unquote_to_bytes(plain).decode()
    except UnicodeError:
        raise Unreadable(
            f"cannot read the event: header {short(name, 50)} is no percent-encoded UTF-8; encode "
            "it so"
        ) from None


def _checked(event: Any) -> dict[str, Any]:
    """Return the event without what is null, since that is as if it were not there."""
    if not isinstance(event, dict):
        raise Unreadable("cannot read an event: it is no object; send CloudEvents")
    told = {name: value for name, value in event.items() if value is not None or name == "data"}
    version = told.get("specversion")
    if version != VERSION:
        raise Unreadable(
            f"cannot read an event: its specversion is {short(str(version), 20)}, and only "
            f"{VERSION} is known; send that"
        )
    for name in _REQUIRED:
        if not told.get(name):
            raise Unreadable(f"cannot read an event: its {name} is missing or empty; send one")
    for name, value in told.items():
        _require_attribute(name, value)
    if "data" in told and "data_base64" in told:
        raise Unreadable("cannot read an event: it has data and data_base64; send one of them")
    return told


def _require_attribute(name: str, value: Any) -> None:
    if name == "data":
        return
    if not _NAME.fullmatch(name) and name != "data_base64":
        raise Unreadable(
            f"cannot read an event: {short(name, 50)} is no name of an attribute; names are small "
            "letters and digits"
        )
    is_fit = isinstance(value, str) if name in _TEXTS else isinstance(value, str | int)
    if not is_fit:
        raise Unreadable(f"cannot read an event: its {name} is no text; send a text")


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _require_json(kind: str) -> None:
    if not kind.endswith("+json"):
        raise Unreadable(
            f"cannot read events as {short(kind, 60)}: only the JSON format is known; send "
            "application/cloudevents+json"
        )
