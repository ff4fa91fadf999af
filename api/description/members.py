"""Members that answers share: times, numbers, words and links, each with what it means."""

from typing import Any

from marshmallow import fields


def text_field(description: str = "", **kwargs: Any) -> fields.String:
    return fields.String(required=True, metadata=about(description), **kwargs)


def moment_field(description: str) -> fields.Float:
    return fields.Float(
        required=True, allow_none=True, metadata=about(f"{description}; Unix time in seconds")
    )


def time_field(description: str) -> fields.DateTime:
    return fields.DateTime(
        required=True, allow_none=True, metadata=about(f"{description}; RFC 3339, in UTC")
    )


def seconds_field(description: str) -> fields.Float:
    return fields.Float(required=True, allow_none=True, metadata=about(description))


def number_field(description: str, **kwargs: Any) -> fields.Integer:
    return fields.Integer(required=True, metadata=about(description), **kwargs)


def yes_or_no_field(description: str) -> fields.Boolean:
    return fields.Boolean(required=True, metadata=about(description))


def about(description: str) -> dict[str, str]:
    return {"description": description} if description else {}


class LinksField(fields.Dict):
    """Addresses of related resources, by what they are."""

    def __init__(self) -> None:
        super().__init__(keys=fields.String(), values=fields.String(), required=True)
