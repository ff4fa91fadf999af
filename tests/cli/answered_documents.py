"""Documents as the API answers them, for the tests of what draws and folds them."""

from typing import Any

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


def step(name: str, *hosts: str, **said: Any) -> dict[str, Any]:
    return {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "status": "pending",
        "attempt": 0,
        "started": None,
        "finished": None,
        "hosts": {host: {"status": "pending"} for host in hosts},
        "error": None,
        **said,
    }


def job(*steps: dict[str, Any], **said: Any) -> dict[str, Any]:
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
        **said,
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


def node(name: str, address: str, **said: Any) -> dict[str, Any]:
    row = {"name": name, "host": name, "address": address, "role": "worker", "ready": True}
    return row | {"schedulable": True, "version": "v1.32", "labels": {}, "taints": [], **said}


def member(name: str, address: str, **said: Any) -> dict[str, Any]:
    row = {"host": name, "address": f"{address}:19001", "id": "1", "role": "voter"}
    return row | {"alive": True, "leader": False, **said}


def cluster(**said: Any) -> dict[str, Any]:
    return {
        "name": "prod",
        "environment": "prod",
        "topology": "ha",
        "channel": "1.32/stable",
        "control_plane": ["cp-1", "cp-2", "cp-3"],
        "workers": [],
        "formed": True,
        "quorum": THREE,
        "observation": None,
        **said,
    }
