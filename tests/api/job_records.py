"""Events and records of jobs, for the tests of what the page draws from them."""

from typing import Any

from workflows.events import Event
from workflows.jobs import Job
from workflows.states import JobStatus, StepStatus
from workflows.step_records import StepRecord


class EventLog:
    """Events in the order in which they are told, numbered from 1."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, kind: str, at: float, step: int | None = None, /, status: str = "", **data: Any):
        self.events.append(Event(len(self.events) + 1, "j", kind, at, step, status, data))
        return self

    def job(self, kind: str, at: float, status: str):
        return self.add(f"job.{kind}", at, status=status)

    def host(self, kind: str, at: float, step: int, host: str, **data: Any):
        return self.add(f"host.{kind}", at, step, host=host, **data)


def step(index: int, *hosts: str, **fields: Any) -> StepRecord:
    record = {
        "index": index,
        "name": f"step_{index}",
        "title": f"Do step {index}",
        "status": StepStatus.PENDING,
        "attempt": 0,
        "started": None,
        "finished": None,
        "due": None,
        "hosts": {},
        "error": None,
        "planned_hosts": hosts,
    }
    return StepRecord(**(record | fields))


def job(*steps: StepRecord, **fields: Any) -> Job:
    record = {
        "id": "3f2a91c0" * 4,
        "cluster": "prod",
        "kind": "create-cluster",
        "params": {},
        "status": JobStatus.RUNNING,
        "epoch": 1,
        "seq": 1,
        "position": 0,
        "waits_for": None,
        "created": 100.0,
        "started": 100.0,
        "finished": None,
        "reason": "",
        "trace_id": "",
        "on_failure": "stop",
        "accept": frozenset(),
        "plan": {"digest": "d", "findings": [], "quorum_before": None, "quorum_after": None},
        "steps": steps,
        "quorum_now": None,
    }
    return Job(**(record | fields))
