"""What a Celery worker works on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.step_records import StepRecord


@dataclass(frozen=True, slots=True)
class Work:
    """What a Celery worker has to know of the job whose step it has claimed."""

    cluster: str
    kind: str
    trace_id: str
    plan: Mapping[str, Any]
    step: StepRecord
    reached: Mapping[str, Mapping[str, str]]
    """How hosts were reached when the job was made, or when somebody had it go on."""
    accept: frozenset[str] = frozenset()
    """Codes of findings that were accepted with the change, or with a retry."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """What the step noted before its first change."""
    without: frozenset[str] = frozenset()
    """Hosts that somebody has given up as lost."""
    has_waited: bool = False
    """Whether the step is waiting for something, and its patience has not ended."""

    @property
    def hosts(self) -> list[str]:
        """Every host that the plan's steps and their guards name, once."""
        steps = self.plan["steps"]
        members = (host for s in steps if s["guard"] for host in s["guard"]["control_plane"])
        return list(dict.fromkeys((*(host for s in steps for host in s["hosts"]), *members)))
