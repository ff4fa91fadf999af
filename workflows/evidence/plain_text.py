"""A bundle of evidence as lines of plain text, for tickets that know no Markdown; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from cluster.printable import LONGEST_LINE, short
from workflows.evidence.cells import seconds
from workflows.evidence.markdown import facts, failure_lines, log_line, margin

MOST_LOG = 60
"""Lines of the log that are shown, the newest."""


def text_lines(bundle: Mapping[str, Any], *, most_log: int = MOST_LOG) -> list[str]:
    """Return the bundle in lines, none of them longer than a host's line may be."""
    return [short(line, LONGEST_LINE) for line in _lines(bundle, most_log)]


def _lines(bundle: Mapping[str, Any], most_log: int) -> Iterator[str]:
    yield from (f"{name}: {told}" for name, told in facts(bundle))
    quorum = bundle["quorum"]
    for name in ("before", "planned", "after"):
        yield f"Quorum {name}: {margin(quorum[name]) or 'not seen'}"
    yield from map(_step, bundle["steps"])
    if bundle["end"]["error"]:
        yield from failure_lines(bundle["end"]["error"])
    log = bundle["log"]
    if log and most_log:
        left_out = f", the newest {most_log} of {len(log)} events" if len(log) > most_log else ""
        yield f"Log{left_out}:"
        yield from map(log_line, log[-most_log:])
    yield f"Digest of the evidence: {bundle['digest']}"


def _step(step: Mapping[str, Any]) -> str:
    hosts = ", ".join(f"{host} {told['status']}" for host, told in step["hosts"].items())
    took = seconds(step["seconds"])
    return f"Step {step['index'] + 1}, {step['title']}: {step['status']}, {took}; {hosts}"
