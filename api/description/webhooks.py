"""What subscriptions send, as OpenAPI describes it under ``webhooks``; pure."""

from typing import Any

from workflows.notifiers.webhook import PREFIX, TOLD, TYPES

SUBSCRIBED = "event"
"""The name of the one webhook that there is."""


def webhooks() -> dict[str, Any]:
    """Return the member ``webhooks`` of the document."""
    return {
        SUBSCRIBED: {
            "post": {
                "operationId": "receive_event",
                "summary": "An event, sent to the address of a subscription",
                "description": "Signed as Standard Webhooks has it, over id, timestamp and body; "
                "the id is the same over all attempts at one delivery.",
                "security": [],
                "parameters": _headers(),
                "requestBody": {
                    "required": True,
                    "content": {
                        TYPES["cloudevents"]: {"schema": _cloud_event()},
                        TYPES["standard"]: {"schema": _plain()},
                    },
                },
                "responses": {
                    "2XX": {"description": "It is taken, and not sent again"},
                    "410": {"description": "The subscription is disabled"},
                    "default": {
                        "description": "It is sent again later, ten times in all; `Retry-After` is "
                        "heeded up to a day"
                    },
                },
            }
        }
    }


def _headers() -> list[dict[str, Any]]:
    return [
        _header("webhook-id", "Names the delivery", r"^msg_[0-9a-f_a-z]+$"),
        _header("webhook-timestamp", "When this attempt was made, in seconds", r"^\d+$"),
        _header(
            "webhook-signature", "A signature by each secret that is good", r"^v1,\S+( v1,\S+)*$"
        ),
        _header("traceparent", "The trace of the job (W3C)", required=False),
    ]


def _header(name: str, text: str, pattern: str = "", *, required: bool = True) -> dict[str, Any]:
    schema = {"type": "string", **({"pattern": pattern} if pattern else {})}
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": text,
        "schema": schema,
    }


def _cloud_event() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "title": "A CloudEvent 1.0",
        "required": ["specversion", "id", "type", "source", "subject", "time", "sequence", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": text,
            "type": {"type": "string", "pattern": f"^{PREFIX.replace('.', '[.]')}"},
            "source": {"type": "string", "pattern": "^/clusters/"},
            "subject": {"type": "string", "pattern": "^jobs/"},
            "time": {"type": "string", "format": "date-time"},
            "sequence": {"type": "string", "pattern": r"^\d+$"},
            "datacontenttype": {"const": "application/json"},
            "traceparent": text,
            "data": _data(),
        },
        "additionalProperties": False,
    }


def _plain() -> dict[str, Any]:
    return {
        "type": "object",
        "title": "The plain form of Standard Webhooks",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"type": "string"},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": _data(),
        },
        "additionalProperties": False,
    }


def _data() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["sequence", "job", "page"],
        "properties": {
            "sequence": {"type": "integer", "description": "The event's number within its job"},
            "job": {
                "type": "object",
                "description": "The job as it stands when this is sent, in short",
                "properties": {name: {} for name in (*TOLD, "error")},
                "additionalProperties": False,
            },
            "page": {
                "type": ["string", "null"],
                "description": "Where people look at the job, where the address is known",
            },
        },
        "additionalProperties": False,
    }
