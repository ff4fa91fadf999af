"""From the faults of a request to the fields of the form that it came from."""

from collections.abc import Iterable, Mapping

BASES = ("params",)
"""Objects of a request whose members are fields of the form themselves."""


def by_field(errors: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    """Return what is wrong with each field, out of rows with a JSON pointer and a detail."""
    found: dict[str, list[str]] = {}
    for row in errors:
        parts = [part for part in row["pointer"].split("/") if part]
        if parts and parts[0] in BASES:
            parts = parts[1:]
        details = found.setdefault(parts[0] if parts else "", [])
        if row["detail"] not in details:
            details.append(row["detail"])
    return found
