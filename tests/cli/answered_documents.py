"""Documents as the API answers them, for the tests of what folds them."""

from typing import Any

from cli.progress import JobProgress, view_of
from cli.progress_events import fold

THREE = {
    "members": 3,
    "voters": 3,
    "voters_alive": 3,
    "standbys": 0,
    "spares": 0,
    "majority": 2,
    "tolerance": 1,
    "quorum": True,
    "ha": True,
}


def step(name: str, *hosts: str, **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "status": "pending",
        "attempt": 0,
        "started": None,
        "finished": None,
        "hosts": {host: {"status": "pending"} for host in hosts},
        "error": None,
        **fields,
    }


def job(*steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": "3f2a91c0" * 4,
        "cluster": "prod",
        "kind": "create-cluster",
        "status": "queued",
        "seq": 0,
        "created": 100.0,
        "started": None,
        "finished": None,
        "position": 0,
        "waits_for": None,
        "quorum": {"before": None, "now": None, "expected": THREE},
        "steps": list(steps),
        "next_action": "nothing is to be done",
        **fields,
    }


class History:
    """Events in the order in which they are told, with their numbers and times."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def add(
        self,
        kind: str,
        at: float,
        status: str | None = None,
        step: int | None = None,
        /,
        **data: Any,
    ) -> "History":
        row = {"seq": len(self.events) + 1, "type": kind, "at": at, "step": step}
        self.events.append(row | {"status": status, "data": data})
        return self


def folded(document: dict[str, Any], history: History) -> JobProgress:
    view = view_of(document)
    for event in history.events:
        view = fold(view, event)
    return view


def succeeding() -> History:
    return (
        History()
        .add("job.accepted", 100, "queued")
        .add("job.started", 101, "running")
        .add("step.started", 102, "running", 0, attempt=1)
        .add("host.running", 103, "running", 0, host="n1", status="running", operation="Install")
        .add("host.done", 104, "done", 0, host="n1", status="done", operation="", seconds=1.0)
        .add("step.succeeded", 105, "done", 0)
        .add("cluster.observed", 106, None, 0, **THREE)
        .add("job.succeeded", 107, "succeeded")
    )
