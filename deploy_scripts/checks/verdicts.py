"""The three ways in which preflight speaks of a host, or of no host in particular."""

from collections.abc import Sequence
from typing import Any

from cluster.findings import Finding, Severity

MOST_NAMED = 10
"""Things of one kind in a message or beside it."""


def refuse(host: str | None, code: str, message: str, advice: str, **more: Any) -> Finding:
    return Finding(code, Severity.REFUSE, message, advice, host=host, **more)


def warn(host: str | None, code: str, message: str, advice: str, **more: Any) -> Finding:
    return Finding(code, Severity.WARN, message, advice, host=host, **more)


def inform(host: str | None, code: str, message: str, advice: str, **more: Any) -> Finding:
    return Finding(code, Severity.INFO, message, advice, host=host, **more)


def listed(values: Sequence[str]) -> str:
    """Name some of what a host told: it may have told any number."""
    more = f" and {len(values) - MOST_NAMED} more" if len(values) > MOST_NAMED else ""
    return ", ".join(values[:MOST_NAMED]) + more
