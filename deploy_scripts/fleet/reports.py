"""What a fleet says of its hosts while a step runs."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from cluster.printable import short
from deploy_scripts.fleet.redaction import redact

OUTPUT_PAUSE_SECONDS = 2.0
"""A command's output is reported once in so many seconds at most."""
LONGEST_HEARD = 4096
"""What is looked at of a line that is going to be cut: masking costs time by the sign."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HostReport:
    """One thing said of one host; free of secrets."""

    host: str
    status: str
    """``running``, ``done``, ``failed`` or ``skipped``."""
    operation: str = ""
    detail: str = ""
    seconds: float = 0.0
    """Since the step's beginning."""
    limit: float | None = None
    """How many seconds the operation may take that is running; ``None`` where nobody knows."""


def ignore(report: HostReport) -> None:
    """Take a report and do nothing."""


class Reporter:
    """Passes reports on, and knows which operation each host is in."""

    def __init__(self, report: Callable[[HostReport], None]) -> None:
        self._report = report
        self._began = monotonic()
        self._operation: dict[str, str] = {}
        self._limit: dict[str, float | None] = {}
        self._reported_at: dict[str, float] = {}

    def say(
        self,
        host: str,
        status: str,
        operation: str = "",
        detail: str = "",
        *,
        seconds: float | None = None,
        limit: float | None = None,
    ) -> None:
        """Report on a host; that nobody can take the report does not stop the work."""
        now = monotonic()
        self._operation[host], self._reported_at[host], self._limit[host] = operation, now, limit
        spent = now - self._began if seconds is None else seconds
        report = HostReport(
            host, status, short(operation), short(redact(detail[:LONGEST_HEARD])), spent, limit
        )
        try:
            self._report(report)
        except Exception as error:  # whatever the receiver raises: a store that is down, say
            logger.warning("cannot report on %s: %s", host, redact(repr(error)))

    def hear(self, host: str, line: str) -> None:
        """Report a line that a running command printed, unless one was reported just now."""
        operation = self._operation.get(host, "")
        pause = monotonic() - self._reported_at.get(host, self._began)
        if operation and line.strip() and pause >= OUTPUT_PAUSE_SECONDS:
            self.say(host, "running", operation, line, limit=self._limit.get(host))
