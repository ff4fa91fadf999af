"""One recorded fact about a job."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.moments import rfc3339


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded fact about a job; ``seq`` counts from 1 within the job."""

    seq: int
    job: str
    type: str
    at: float
    step: int | None
    status: str
    data: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {
            "seq": self.seq,
            "job": self.job,
            "type": self.type,
            "at": self.at,
            "time": rfc3339(self.at),
            "step": self.step,
            "status": self.status or None,
            "data": dict(self.data),
        }

    @classmethod
    def from_entry(cls, job: str, seq: int, entry: Mapping[str, str]) -> "Event":
        return cls(
            seq=seq,
            job=job,
            type=entry["type"],
            at=int(entry["at"]) / 1000,
            step=int(entry["step"]) if entry["step"] else None,
            status=entry["status"],
            data=json.loads(entry["data"]),
        )
