"""A cluster's quorum as text: who votes, what it survives, and what operations would do to it."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from cli.output import age, sign

Row = Mapping[str, Any]


def quorum_lines(answer: Row) -> Iterator[str]:
    """Yield the members, the quorum in a sentence, and the verdict on each operation."""
    yield f"quorum of {answer['cluster']}, {_as_of(answer)}"
    width = max((len(member["host"]) for member in answer["members"]), default=0)
    are_spread = len({member["domain"] for member in answer["members"]}) > 1
    for member in answer["members"]:
        mark = sign("done" if member["alive"] else "failed")
        leads = ", leads" if member["leader"] else ""
        silent = "" if member["alive"] else ", does not answer"
        domain = f", failure domain {member['domain']}" if are_spread else ""
        yield f"  {mark} {member['host']:<{width}}  {member['role']}{leads}{domain}{silent}"
    yield answer["summary"]
    if not answer["settled"] and answer["members"]:
        yield "its roles have not settled: a member is down, or dqlite is still moving them"
    if answer["what_if"]:
        yield from _tried(answer["what_if"])


def _as_of(answer: Row) -> str:
    if answer["basis"] == "record":
        return "not observed yet: as its record says"
    seen = f"seen {age(time.time() - answer['observed_at'])} ago"
    return f"{seen}, which is long ago: look again" if answer["stale"] else seen


def _tried(rows: list[Row]) -> Iterator[str]:
    """Yield what each operation does to the voters, and why one is refused."""
    cells = [
        (f"{row['operation']} {row['host']}", _votes(row["during"]), _votes(row["after"]))
        for row in rows
    ]
    heads = ("what if, in this order", "voters meanwhile", "afterwards")
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    yield ""
    yield "  " + _line(heads, widths)
    for row, cell in zip(rows, cells, strict=True):
        yield f"{sign('done' if row['allowed'] else 'refuse')} {_line(cell, widths)}"
        if not row["allowed"]:
            yield f"    refused, {row['rule']}: {row['reason']}"
            yield f"    -> {row['advice']}"
    if len(rows) > 1 and not all(row["allowed"] for row in rows):
        yield "what is refused is not done: operations behind it are judged without it"


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _votes(quorum: Row) -> str:
    """Return the voters that are alive, and what their loss would do."""
    alive = f"{quorum['voters_alive']} of {quorum['voters']}"
    if quorum["tolerance"] < 0:
        return f"{alive}, QUORUM LOST"
    return f"{alive}, survives {quorum['tolerance']}"
