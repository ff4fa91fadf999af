"""A cluster's quorum, as a chat tells it: who votes, and what operations would do to that; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

Row = Mapping[str, Any]


def quorum_text(answer: Row) -> str:
    """Return the quorum in lines, as the API tells it."""
    return "\n".join(_lines(answer))


def _lines(answer: Row) -> Iterator[str]:
    yield f"{answer['cluster']}, {_as_of(answer)}: {answer['summary']}"
    for member in answer["members"]:
        leads = ", leads" if member["leader"] else ""
        silent = "" if member["alive"] else ", does not answer"
        yield f"{member['host']}: {member['role']}{leads}{silent}"
    for row in answer["what_if"]:
        yield from _forecast(row)


def _as_of(answer: Row) -> str:
    if answer["basis"] == "record":
        return "as its record says (nobody has looked yet)"
    return "as it was seen long ago" if answer["stale"] else "as it was last seen"


def _forecast(row: Row) -> Iterator[str]:
    what = f"{row['operation']} {row['host']}"
    if not row["allowed"]:
        yield f"! {what}: refused: {row['reason']}"
        yield f"  -> {row['advice']}"
        return
    yield f"+ {what}: {_votes(row['during'])} meanwhile, {_votes(row['after'])} afterwards"


def _votes(quorum: Row) -> str:
    alive = f"{quorum['voters_alive']} of {quorum['voters']} voters"
    if quorum["tolerance"] < 0:
        return f"{alive} (quorum lost)"
    return f"{alive} (survives {quorum['tolerance']})"
