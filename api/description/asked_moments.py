"""Moments that requests name: RFC 3339 with an offset, within years that can be reckoned with."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields

from api.description.members import about

FIRST_YEAR, LAST_YEAR = 1970, 8999
"""A day before or after these, as other clocks show it, is a date as well."""
EXAMPLE = "2036-11-28T00:00:00Z"


class AskedMoment(fields.AwareDateTime):
    """A moment; it is read in UTC, whichever offset it was written with."""

    default_error_messages = {  # noqa: RUF012, as marshmallow has it
        "invalid": f"cannot read the moment: RFC 3339, for example {EXAMPLE}",
        "invalid_awareness": "cannot read the moment: it needs its offset from UTC, such as Z",
    }

    def __init__(self, description: str, **kwargs: Any) -> None:
        super().__init__(format="iso", metadata=about(description), **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        found = super()._deserialize(value, attr, data, **kwargs)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise ValidationError(
                f"cannot use the year {found.year}: name a moment of {FIRST_YEAR} to {LAST_YEAR}"
            )
        return found.astimezone(UTC)
