"""Why a step failed, as its box shows it: without what the job's banner says already. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from api.page.job_history import Attempt
from api.page.told import Told


@dataclass(frozen=True, slots=True)
class HostFailure:
    """Why one host failed; what was said before is empty."""

    host: str
    code: str
    message: str
    operation: str
    command: str
    exit_code: int | None
    lines: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step failed; what was said before is empty."""

    message: str
    hosts: tuple[HostFailure, ...]
    findings: tuple[Mapping[str, Any], ...]
    advice: str


@dataclass(frozen=True, slots=True)
class Past:
    """Attempts in a row that went wrong in the same way."""

    attempts: tuple[Attempt, ...]
    is_last: bool
    """Whether the last of them is why the step stands where it does, which is told in whole."""

    @property
    def name(self) -> str:
        first, last = self.attempts[0], self.attempts[-1]
        numbers = f" {first.number}" if first is last else f"s {first.number} to {last.number}"
        return f"Undo, attempt{numbers}" if first.undo else f"Attempt{numbers}"

    @property
    def text(self) -> str:
        count, why = len(self.attempts), self.attempts[0].why
        alike = f"{count} times the same"
        if self.is_last:
            return alike
        return f"{why} ({alike})" if count > 1 else why


def failure_of(error: Mapping[str, Any], told: Told) -> Failure:
    """Return what is left to be told of an error."""
    message = told.once(str(error["message"]))
    hosts = tuple(_host(row, told) for row in error.get("failures") or ())
    findings = tuple(row for row in error.get("findings") or () if told.once(row["message"]))
    return Failure(message, hosts, findings, told.once(str(error.get("advice") or "")))


def _host(row: Mapping[str, Any], told: Told) -> HostFailure:
    return HostFailure(
        host=row["host"],
        code=row.get("code", ""),
        message=told.once(row.get("message") or ""),
        operation=row.get("operation") or "",
        command=row.get("command") or "",
        exit_code=row.get("exit_code"),
        lines=tuple(row.get("lines") or ()),
        advice=told.once(row.get("advice") or ""),
    )


def past_of(attempts: tuple[Attempt, ...], *, has_error: bool) -> Iterator[Past]:
    """Tell the attempts that went wrong, equal ones as one; the last one's error is the step's."""
    wrong = [attempt for attempt in attempts if attempt.why]
    groups = [tuple(rows) for _, rows in groupby(wrong, lambda one: (one.undo, one.why))]
    for group in groups:
        is_last = has_error and group is groups[-1]
        if len(group) > is_last:
            yield Past(group, is_last)
