"""A finding: one thing that a check has to say about a host, a cluster or a change.

Pure; imports nothing that can touch a host, so that planning may use it too.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from deploy_scripts.actions import Advised


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

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"severity": str(self.severity)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Finding":
        actions = tuple(Advised(**advised) for advised in row.get("actions") or ())
        return cls(**{**row, "severity": Severity(row["severity"]), "actions": actions})
