"""What became of a list of hosts: stored as a whole, or refused with the reason of each row."""

from collections.abc import Iterator, Sequence
from typing import Any

from api.http.blueprint import invalid
from api.http.errors import problem_of
from api.http.pointers import first_of
from api.http.preconditions import etag_of
from api.http.problems import Problem
from cluster.host_faults import HostFault
from workflows.host_changes import MissingFields
from workflows.host_puts import HostsRefused, PutHost

WEIGHT = ("host-in-use", "host-held", "precondition-failed", "precondition-required")
"""Which problem the whole list has where its rows have several; others come last."""


def outcome(puts: Sequence[PutHost], *, dry_run: bool) -> dict[str, Any]:
    """Return the answer to a list that was stored, or that could be."""
    return {
        "dry_run": dry_run,
        "created": [put.host.name for put in puts if not put.known],
        "changed": [
            {"name": put.host.name, "changes": put.changes, "etag": f'"{etag_of(put.known)}"'}
            for put in puts
            if put.known and put.changes
        ],
        "unchanged": [put.host.name for put in puts if put.known and not put.changes],
    }


def list_refused(refused: HostsRefused, names: Sequence[str]) -> Problem:
    """Return the problem of a list whose rows have these names, with a pointer to each fault."""
    found = {
        place: refused.reasons[name] for place, name in enumerate(names) if name in refused.reasons
    }
    if faults := [row for place in found for row in _faults(place, found[place])]:
        return invalid(faults)
    problems = {place: problem_of(reason) for place, reason in found.items()}
    heaviest = min(problems.values(), key=_weight)
    several = f" ({len(found)} of {len(names)} hosts are refused, and none was stored)"
    errors = [
        {"pointer": f"/hosts/{place}", "detail": problem.detail}
        for place, problem in problems.items()
    ]
    extra = {name: heaviest.extra[name] for name in ("actions", "job") if name in heaviest.extra}
    differing = {place: row for place, row in problems.items() if "etag" in row.extra}
    return Problem(
        heaviest.word,
        heaviest.detail + (several if len(names) > 1 else ""),
        extra
        | {
            "errors": first_of(errors),
            "hosts": [
                {"name": names[place], "changes": row.extra["changes"], "etag": row.extra["etag"]}
                for place, row in differing.items()
            ],
        },
    )


def _faults(place: int, reason: Exception) -> Iterator[dict[str, str]]:
    """Yield what would have to be said in another way, whatever is stored."""
    if isinstance(reason, MissingFields):
        for field in reason.missing:
            yield {"pointer": f"/hosts/{place}/{field}", "detail": str(reason)}
    if isinstance(reason, HostFault):
        yield {"pointer": f"/hosts/{place}{reason.field}", "detail": str(reason)}


def _weight(problem: Problem) -> int:
    return WEIGHT.index(problem.word) if problem.word in WEIGHT else len(WEIGHT)
