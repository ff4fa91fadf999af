"""A finding: one thing that a check has to say about a host, a cluster or a change.

Pure; imports nothing that can touch a host, so that planning may use it too.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from cluster.actions import Advised
from cluster.printable import LONGEST_TEXT, short


class Severity(StrEnum):
    """What a finding means for the change."""

    REFUSE = "refuse"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a check, with what to do about it."""

    code: str
    severity: Severity
    message: str
    advice: str
    acceptable: bool = False
    """A refusal that the request may override by naming its code in ``accept``."""
    host: str | None = None
    field: str | None = None
    """The JSON pointer of the request's field that it is about."""
    measured: Any = None
    needed: Any = None
    actions: tuple[Advised, ...] = ()
    """What the advice comes down to, for clients to word."""

    def __post_init__(self) -> None:
        """Keep what a host says within bounds, and visible, wherever it is shown later."""
        keep = object.__setattr__
        for name in ("message", "advice"):
            keep(self, name, short(getattr(self, name), LONGEST_TEXT))
        for name in ("measured", "needed"):
            value = getattr(self, name)
            if isinstance(value, str):
                keep(self, name, short(value))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"severity": str(self.severity)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Finding":
        actions = tuple(Advised(**advised) for advised in row.get("actions") or ())
        return cls(**{**row, "severity": Severity(row["severity"]), "actions": actions})


def refusal(
    code: str,
    message: str,
    advice: str,
    *,
    field: str | None = None,
    host: str | None = None,
    acceptable: bool = False,
    actions: tuple[Advised, ...] = (),
) -> Finding:
    """Return a finding that keeps a change from being carried out."""
    return Finding(
        code,
        Severity.REFUSE,
        message,
        advice,
        acceptable,
        host=host,
        field=field,
        actions=actions,
    )


def warning(
    code: str, message: str, advice: str, *, field: str | None = None, host: str | None = None
) -> Finding:
    """Return a finding that tells of a risk, and keeps nothing from being carried out."""
    return Finding(code, Severity.WARN, message, advice, acceptable=True, host=host, field=field)
